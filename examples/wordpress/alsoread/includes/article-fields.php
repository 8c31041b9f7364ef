<?php
/**
 * Single fields of an article, out of WordPress and of the plugins that newsrooms use beside it.
 *
 * @package Alsoread
 */

namespace Alsoread\ArticleFields;

use Alsoread\Text;

/** Where SEO plugins note the category that an editor called the primary one. */
const PRIMARY_CATEGORY_KEYS = array( '_yoast_wpseo_primary_category', 'rank_math_primary_category' );

/** The path of one category, `world/europe`: the primary one, or else the deepest; null where there is none. */
function section( \WP_Post $post ): ?string {
	$terms = get_the_terms( $post, 'category' );
	$terms = is_array( $terms ) ? array_values( array_filter( $terms, __NAMESPACE__ . '\says_something' ) ) : array();
	if ( ! $terms ) {
		return null;
	}
	$chosen = primary( $post, $terms );
	if ( null === $chosen ) {
		$deepest = -1;
		foreach ( $terms as $term ) {
			$depth = count( get_ancestors( $term->term_id, 'category', 'taxonomy' ) );
			if ( $depth > $deepest ) {
				list( $chosen, $deepest ) = array( $term, $depth );
			}
		}
	}
	$path = array( slug( $chosen ) );
	foreach ( get_ancestors( $chosen->term_id, 'category', 'taxonomy' ) as $ancestor ) {
		$term = get_term( $ancestor, 'category' );
		if ( $term instanceof \WP_Term ) {
			array_unshift( $path, slug( $term ) );
		}
	}
	return Text\cut( implode( '/', $path ), 2000 );
}

function primary( \WP_Post $post, array $terms ): ?\WP_Term {
	foreach ( PRIMARY_CATEGORY_KEYS as $key ) {
		$id = (int) get_post_meta( $post->ID, $key, true );
		foreach ( $terms as $term ) {
			if ( $id > 0 && (int) $term->term_id === $id ) {
				return $term;
			}
		}
	}
	return null;
}

/** False for the category that WordPress gives to what has none. */
function says_something( \WP_Term $term ): bool {
	return 'uncategorized' !== $term->slug;
}

/** Slugs of other scripts are kept percent-encoded. */
function slug( \WP_Term $term ): string {
	return str_replace( '/', '-', rawurldecode( $term->slug ) );
}

/** The names of the post's tags. */
function tags( \WP_Post $post ): array {
	$terms = get_the_terms( $post, 'post_tag' );
	return is_array( $terms ) ? names( wp_list_pluck( $terms, 'name' ) ) : array();
}

/** Who wrote it, with Co-Authors Plus all of them. */
function authors( \WP_Post $post ): array {
	if ( function_exists( 'get_coauthors' ) ) {
		$names = names( wp_list_pluck( get_coauthors( $post->ID ), 'display_name' ) );
		if ( $names ) {
			return $names;
		}
	}
	return names( array( get_the_author_meta( 'display_name', $post->post_author ) ) );
}

/** Distinct clean names. */
function names( array $values ): array {
	$clean = array();
	foreach ( $values as $value ) {
		$name = Text\cut( Text\of_line( (string) $value ), 2000 );
		if ( '' !== $name ) {
			$clean[ $name ] = $name;
		}
	}
	return array_values( $clean );
}

/** A language tag (BCP 47): the post's own with Polylang or WPML, or else the site's; null where neither is one. */
function language( \WP_Post $post ): ?string {
	$tag = function_exists( 'pll_get_post_language' ) ? pll_get_post_language( $post->ID, 'locale' ) : null;
	if ( ! $tag ) {
		$details = apply_filters( 'wpml_post_language_details', null, $post->ID );
		$tag     = is_array( $details ) ? ( $details['locale'] ?? $details['language_code'] ?? null ) : null;
	}
	$tag   = str_replace( '_', '-', (string) ( $tag ? $tag : get_bloginfo( 'language' ) ) );
	$parts = explode( '-', $tag );
	$tag   = implode( '-', array_slice( $parts, 0, 2 ) ); // `de-DE-formal` is a way to address readers, not a language.
	return preg_match( '/^[a-z]{2,3}(-[a-z0-9]{2,8})?$/i', $tag ) ? $tag : null;
}

/** The address of the featured image; null where there is none, or none that could be asked for from elsewhere. */
function image( \WP_Post $post ): ?string {
	$address = (string) get_the_post_thumbnail_url( $post, 'large' );
	if ( 0 === strpos( $address, '//' ) ) {
		$address = 'https:' . $address;
	}
	return preg_match( '~^https?://~i', $address ) ? $address : null;
}

/** A date of WordPress (UTC) as ISO 8601; null for its date of nothing. */
function moment( string $gmt, string $local ): ?string {
	if ( '' === $gmt || 0 === strpos( $gmt, '0000' ) ) {
		$gmt = '' === $local || 0 === strpos( $local, '0000' ) ? '' : get_gmt_from_date( $local );
	}
	return preg_match( '/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/', $gmt, $found ) ? "{$found[1]}T{$found[2]}Z" : null;
}
