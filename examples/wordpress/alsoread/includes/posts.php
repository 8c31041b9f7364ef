<?php
/**
 * Notices what becomes of posts, and has it sent when the page is done: saving never waits for the service, nor fails
 * because of it.
 *
 * @package Alsoread
 */

namespace Alsoread\Posts;

use Alsoread\ArticleFields;
use Alsoread\Queue;
use Alsoread\Sender;
use Alsoread\Settings;

/** Seconds that an editor may wait for the service where the server cannot send its answer before it goes on. */
const PATIENCE = 2;

function register(): void {
	add_action( 'transition_post_status', __NAMESPACE__ . '\on_transition', 10, 3 );
	add_action( 'before_delete_post', __NAMESPACE__ . '\before_delete' );
	add_action( 'after_delete_post', __NAMESPACE__ . '\after_delete' );
	add_action( 'set_object_terms', __NAMESPACE__ . '\on_terms', 10, 4 );
	add_action( 'added_post_meta', __NAMESPACE__ . '\on_meta', 10, 3 );
	add_action( 'updated_post_meta', __NAMESPACE__ . '\on_meta', 10, 3 );
	add_action( 'deleted_post_meta', __NAMESPACE__ . '\on_meta', 10, 3 );
	add_action( 'shutdown', __NAMESPACE__ . '\send_now', PHP_INT_MAX );
}

/** Called for every save, whether or not the status is another; also when the clock publishes a scheduled post. */
function on_transition( string $new_status, string $old_status, \WP_Post $post ): void {
	$of_ours = in_array( $post->post_type, Settings\post_types(), true );
	$public  = 'publish' === $new_status || 'publish' === $old_status;
	if ( ( $of_ours && $public ) || may_be_known( $post->ID ) ) {
		note( $post->ID );
	}
}

/** Noted before the post goes, for what is known of it goes too, and again after: a sender may pass in between. */
function before_delete( int $post_id ): void {
	$post = get_post( $post_id );
	if ( may_be_known( $post_id ) || ( $post instanceof \WP_Post && is_public_one_of_ours( $post ) ) ) {
		going( $post_id, true );
		note( $post_id );
	}
}

function after_delete( int $post_id ): void {
	if ( going( $post_id ) ) {
		note( $post_id );
	}
}

/** Categories, tags and co-authors are set after the post itself is saved. */
function on_terms( $post_id, $terms, $term_ids, $taxonomy ): void {
	if ( in_array( $taxonomy, array( 'category', 'post_tag', 'author', 'language' ), true ) ) {
		note_if_public( (int) $post_id );
	}
}

/** So are the featured image and the primary category. */
function on_meta( $meta_id, $post_id, $key ): void {
	if ( '_thumbnail_id' === $key || in_array( $key, ArticleFields\PRIMARY_CATEGORY_KEYS, true ) ) {
		note_if_public( (int) $post_id );
	}
}

function note_if_public( int $post_id ): void {
	$post = get_post( $post_id );
	if ( $post instanceof \WP_Post && is_public_one_of_ours( $post ) ) {
		note( $post_id );
	}
}

function is_public_one_of_ours( \WP_Post $post ): bool {
	return 'publish' === $post->post_status && in_array( $post->post_type, Settings\post_types(), true );
}

function may_be_known( int $post_id ): bool {
	return '' !== (string) get_post_meta( $post_id, Queue\SENT_META, true );
}

/** Whether a post is about to be deleted. */
function going( int $post_id, bool $goes = false ): bool {
	static $going = array();
	if ( $goes ) {
		$going[ $post_id ] = true;
	}
	return isset( $going[ $post_id ] );
}

function note( int $post_id ): void {
	Queue\add( $post_id );
	something_waits( true );
	if ( 'shutdown' === current_action() ) { // Too late for this page: the cron has it.
		Sender\schedule( time() );
	}
}

/** Whether this page has noted anything. */
function something_waits( ?bool $does = null ): bool {
	static $waits = false;
	$waits        = $does ?? $waits;
	return $waits;
}

/** At the end of the page: the answer goes out first where the server can do that, and then the service hears of it. */
function send_now(): void {
	if ( ! something_waits() ) {
		return;
	}
	something_waits( false );
	Sender\schedule( time() + Sender\FIRST_PAUSE ); // Should this process be killed.
	$answered = false;
	foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
		if ( ! $answered && function_exists( $finish ) ) {
			$answered = (bool) $finish();
		}
	}
	if ( $answered || wp_doing_cron() || 'cli' === PHP_SAPI ) {
		Sender\run( 20, 10 );
	} else {
		Sender\run( 0, PATIENCE );
	}
}
