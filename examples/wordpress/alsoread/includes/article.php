<?php
/**
 * A post as the article that the service is told of, and whether it may be told of it.
 *
 * @package Alsoread
 */

namespace Alsoread\Article;

use Alsoread\ArticleFields;
use Alsoread\Settings;
use Alsoread\Text;

/** The longest text that is sent, in bytes: a proxy in front of the service may refuse bodies over a megabyte. */
const LONGEST_TEXT = 500000;

/** On posts of which the service knew a version as new: its date, ISO 8601. What is sent then has a later one. */
const KNOWN_META = '_alsoread_known';

/** The id of a post at the service: unlike other sources' ids, and those of other blogs of a network. */
function id_of( int $post_id ): string {
	return (string) apply_filters( 'alsoread_article_id', 'wp-' . get_current_blog_id() . '-' . $post_id, $post_id );
}

/** Whether everybody may read a post: published, without a password, of a type that is sent. */
function is_public( \WP_Post $post ): bool {
	$public = 'publish' === $post->post_status
		&& '' === (string) $post->post_password
		&& in_array( $post->post_type, Settings\post_types(), true );
	return (bool) apply_filters( 'alsoread_is_public', $public, $post );
}

/** The record of a post as docs/command-line.md of the service describes it, empty fields left out. */
function record( \WP_Post $post ): array {
	$title  = Text\cut( Text\of_line( $post->post_title ), 2000 );
	$text   = (string) apply_filters( 'alsoread_text', Text\of_content( $post->post_content ), $post );
	$record = array(
		'id'           => id_of( $post->ID ),
		'url'          => (string) get_permalink( $post ),
		'title'        => $title,
		'text'         => Text\cut_bytes( $text, LONGEST_TEXT ),
		'summary'      => Text\cut( Text\of_line( without_blocks( $post->post_excerpt ) ), 10000 ),
		'section'      => ArticleFields\section( $post ),
		'tags'         => ArticleFields\tags( $post ),
		'authors'      => ArticleFields\authors( $post ),
		'published_at' => ArticleFields\moment( $post->post_date_gmt, $post->post_date ),
		'updated_at'   => updated_at( $post ),
		'lang'         => ArticleFields\language( $post ),
		'image_url'    => ArticleFields\image( $post ),
		'type'         => $post->post_type,
	);
	$record = (array) apply_filters( 'alsoread_record', $record, $post );
	return array_filter( $record, __NAMESPACE__ . '\is_filled' );
}

/** When a post was changed last; later than what the service knew of it, where that is needed for it to listen. */
function updated_at( \WP_Post $post ): ?string {
	$modified = ArticleFields\moment( $post->post_modified_gmt, $post->post_modified );
	$known    = (string) get_post_meta( $post->ID, KNOWN_META, true );
	if ( '' === $known || ( null !== $modified && strtotime( $modified ) > strtotime( $known ) ) ) {
		return $modified;
	}
	return gmdate( 'Y-m-d\TH:i:s\Z', strtotime( $known ) + 1 );
}

/** Whether a record says anything: the service takes none without a title or a text. */
function says_something( array $record ): bool {
	return isset( $record['title'] ) || isset( $record['text'] );
}

/** The post of an id, if everybody may read it and there is something to read; else null: it is to be removed. */
function record_if_public( int $post_id ): ?array {
	$post = get_post( $post_id );
	if ( ! $post instanceof \WP_Post || ! is_public( $post ) ) {
		return null;
	}
	$record = record( $post );
	return says_something( $record ) ? $record : null;
}

function without_blocks( string $excerpt ): string {
	return Text\without_shortcodes( Text\replaced( '/<!--.*?-->/s', ' ', $excerpt ) );
}

function is_filled( $value ): bool {
	return null !== $value && '' !== $value && array() !== $value;
}
