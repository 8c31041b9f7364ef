<?php
/**
 * The posts of which the service has yet to hear, a row each, in a table of its own so that nothing is lost.
 *
 * A row says only *that* something changed, never what: the sender looks at the post as it is by then. So a post that
 * was saved ten times is sent once, and what is sent last is always the truth. Row 0 is the lock of the one sender.
 *
 * @package Alsoread
 */

namespace Alsoread\Queue;

use Alsoread\Article;
use Alsoread\Settings;
use Alsoread\Text;

/** Set on posts that the service may know, so that they are removed from it whatever becomes of them. */
const SENT_META = '_alsoread_sent';

const TABLE_VERSION = 1;
const TABLE_OPTION  = 'alsoread_table';
const CHUNK         = 500;

function register(): void {
	add_action( 'init', __NAMESPACE__ . '\create_table' );
	add_filter( 'wpmu_drop_tables', __NAMESPACE__ . '\with_table' );
}

function table(): string {
	global $wpdb;
	return $wpdb->prefix . 'alsoread_queue';
}

/** Make the table where this blog has none yet. */
function create_table(): void {
	global $wpdb;
	if ( TABLE_VERSION === (int) get_option( TABLE_OPTION ) ) {
		return;
	}
	$wpdb->query(
		'CREATE TABLE IF NOT EXISTS ' . table() . ' (
			post_id bigint(20) unsigned NOT NULL,
			article_id varchar(512) NOT NULL,
			version bigint(20) unsigned NOT NULL,
			bulk tinyint(1) NOT NULL,
			queued_at bigint(20) unsigned NOT NULL,
			refused text NULL,
			PRIMARY KEY (post_id)
		) ' . $wpdb->get_charset_collate()
	);
	update_option( TABLE_OPTION, TABLE_VERSION );
}

/** The tables of a blog that a network removes, and ours. */
function with_table( array $tables ): array {
	$tables[] = table();
	return $tables;
}

/** Note that a post changed. */
function add( int $post_id ): void {
	global $wpdb;
	$wpdb->query(
		$wpdb->prepare(
			'INSERT INTO ' . table() . ' (post_id, article_id, version, bulk, queued_at) VALUES (%d, %s, 1, 0, %d)
			ON DUPLICATE KEY UPDATE version = version + 1, bulk = 0, refused = NULL',
			$post_id,
			Article\id_of( $post_id ),
			time()
		)
	);
}

/** Note all posts that are public, and all that the service may know; how many rows wait then. */
function add_all(): int {
	global $wpdb;
	$types = Settings\post_types();
	if ( $types ) {
		$places = implode( ', ', array_fill( 0, count( $types ), '%s' ) );
		add_many(
			"SELECT ID FROM {$wpdb->posts} WHERE post_status = 'publish' AND post_password = '' AND post_type IN ($places) AND ID > %d ORDER BY ID LIMIT " . CHUNK,
			array_values( $types )
		);
	}
	add_many(
		"SELECT DISTINCT post_id FROM {$wpdb->postmeta} WHERE meta_key = %s AND post_id > %d ORDER BY post_id LIMIT " . CHUNK,
		array( SENT_META )
	);
	return waiting();
}

/** Note the posts that a query names, chunk by chunk; its last placeholder is the id after which the chunk begins. */
function add_many( string $query, array $values ): void {
	global $wpdb;
	$last = 0;
	do {
		$ids  = array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $query, array_merge( $values, array( $last ) ) ) ) );
		$rows = array();
		foreach ( $ids as $id ) {
			$rows[] = $wpdb->prepare( '(%d, %s, 1, 1, %d)', $id, Article\id_of( $id ), time() );
			$last   = $id;
		}
		if ( $rows ) {
			$wpdb->query(
				'INSERT INTO ' . table() . ' (post_id, article_id, version, bulk, queued_at) VALUES ' . implode( ', ', $rows )
				. ' ON DUPLICATE KEY UPDATE version = version + 1, refused = NULL'
			);
		}
	} while ( CHUNK === count( $ids ) );
}

/** The next rows to send: what editors changed before what was sent along, newest posts first. */
function next_rows( int $limit ): array {
	global $wpdb;
	return $wpdb->get_results(
		$wpdb->prepare(
			'SELECT post_id, article_id, version FROM ' . table() . '
			WHERE post_id > 0 AND refused IS NULL ORDER BY bulk, post_id DESC LIMIT %d',
			$limit
		)
	);
}

/** A row was dealt with; it stays where the post has changed again since it was read. */
function done( object $row ): void {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . table() . ' WHERE post_id = %d AND version = %d', $row->post_id, $row->version ) );
}

/** The service will not have this article as it is; the row waits, with the reason, for the post's next change, or a day. */
function refuse( object $row, string $reason ): void {
	global $wpdb;
	$wpdb->query(
		$wpdb->prepare(
			'UPDATE ' . table() . ' SET refused = %s, queued_at = %d WHERE post_id = %d AND version = %d',
			Text\cut_bytes( $reason, 1000 ),
			time(),
			$row->post_id,
			$row->version
		)
	);
}

/** Let what was refused before a moment wait to be sent again. */
function take_up_refused( int $before ): void {
	global $wpdb;
	$set = 'UPDATE ' . table() . ' SET refused = NULL, queued_at = %d WHERE refused IS NOT NULL AND queued_at < %d';
	$wpdb->query( $wpdb->prepare( $set, time(), $before ) );
}

/** How many posts wait to be sent. */
function waiting(): int {
	global $wpdb;
	return (int) $wpdb->get_var( 'SELECT COUNT(*) FROM ' . table() . ' WHERE post_id > 0 AND refused IS NULL' );
}

/** The posts that the service refused, with the reasons, the latest ones first. */
function refused( int $limit = 20 ): array {
	global $wpdb;
	return $wpdb->get_results(
		$wpdb->prepare( 'SELECT post_id, refused FROM ' . table() . ' WHERE refused IS NOT NULL ORDER BY queued_at DESC, post_id DESC LIMIT %d', $limit )
	);
}

/** Become the one sender for so many seconds; a token to unlock with, or 0 where another one is at work. */
function lock( int $seconds ): int {
	global $wpdb;
	$token = wp_rand( 1, 2000000000 );
	$now   = time();
	$got   = $wpdb->query(
		$wpdb->prepare(
			'INSERT IGNORE INTO ' . table() . " (post_id, article_id, version, bulk, queued_at) VALUES (0, '', %d, 0, %d)",
			$token,
			$now + $seconds
		)
	);
	if ( ! $got ) { // Another sender holds it, or was killed and never gave it back.
		$got = $wpdb->query(
			$wpdb->prepare(
				'UPDATE ' . table() . ' SET version = %d, queued_at = %d WHERE post_id = 0 AND queued_at < %d',
				$token,
				$now + $seconds,
				$now
			)
		);
	}
	return $got ? $token : 0;
}

/** Hold the lock for so many seconds more; false where it was lost. */
function keep_lock( int $token, int $seconds ): bool {
	global $wpdb;
	// `bulk` changes each time: MySQL counts a row that is left as it was as none.
	$set = 'UPDATE ' . table() . ' SET bulk = 1 - bulk, queued_at = %d WHERE post_id = 0 AND version = %d';
	return (bool) $wpdb->query( $wpdb->prepare( $set, time() + $seconds, $token ) );
}

function unlock( int $token ): void {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . table() . ' WHERE post_id = 0 AND version = %d', $token ) );
}
