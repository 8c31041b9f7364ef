<?php
/**
 * The boxes of a post as they stand in its page: what the service wrote, let through an allow-list, inside the elements
 * that the script takes over without asking again.
 *
 * @package Alsoread
 */

namespace Alsoread\Boxes;

use Alsoread\Article;
use Alsoread\Fragments;
use Alsoread\Settings;
use Alsoread\Slots;

/** Slots that the script has an element for. */
const ELEMENTS = array( 'also-read', 'more-in-section' );

/** What a box may hold; whatever else came is left out. */
const ALLOWED = array(
	'section' => array(
		'class'           => true,
		'data-slot'       => true,
		'data-list'       => true,
		'data-article'    => true,
		'aria-labelledby' => true,
		'lang'            => true,
		'dir'             => true,
	),
	'h2'      => array(
		'class' => true,
		'id'    => true,
	),
	'ol'      => array(
		'class' => true,
		'lang'  => true,
	),
	'li'      => array(
		'class'   => true,
		'data-id' => true,
		'value'   => true,
	),
	'a'       => array(
		'class' => true,
		'href'  => true,
	),
	'img'     => array(
		'class'   => true,
		'src'     => true,
		'loading' => true,
		'alt'     => true,
		'width'   => true,
		'height'  => true,
	),
	'span'    => array(
		'class' => true,
		'dir'   => true,
		'lang'  => true,
	),
	'time'    => array(
		'class'    => true,
		'datetime' => true,
		'lang'     => true,
	),
);

/** The boxes of a post; empty where there is nothing to say, or nobody who would say it. */
function render( \WP_Post $post, array $slots ): string {
	$slots = array_filter( array_map( 'Alsoread\Slots\limit', $slots ) );
	if ( ! $slots || ! Article\is_public( $post ) ) {
		return '';
	}
	$url      = (string) get_permalink( $post );
	$fragment = Fragments\boxes( $url, Slots\write( $slots ) );
	$sections = null === $fragment ? null : sections( $fragment );
	$boxes    = '';
	foreach ( $slots as $slot => $limit ) {
		$section = null === $sections ? '' : ( $sections[ $slot ] ?? '' );
		if ( null === $sections || '' !== $section ) { // Where the service is away, the reader's browser may find it.
			$boxes .= element( $slot, $url, $limit, $section );
		}
	}
	return $boxes;
}

/** A section inside the element of its slot, where the page has the script for it. */
function element( string $slot, string $url, int $limit, string $section ): string {
	if ( ! in_array( $slot, ELEMENTS, true ) || ! has_script() ) {
		return $section;
	}
	return sprintf( '<%1$s url="%2$s" limit="%3$d">%4$s</%1$s>', $slot, esc_url( $url ), $limit, $section );
}

/** Whether a page may carry the script: not where there is no address for it, nor on AMP pages, which allow none. */
function has_script(): bool {
	return '' !== Settings\reader_address() && ! ( function_exists( 'amp_is_request' ) && amp_is_request() );
}

/** The sections of a fragment by their slots, without what they may not hold and what was taken down here since. */
function sections( string $fragment ): array {
	$sections = array();
	preg_match_all( '~<section class="alsoread" data-slot="([a-z-]+)".*?</section>~s', $fragment, $found, PREG_SET_ORDER );
	foreach ( $found as $match ) {
		$clean = without_gone( wp_kses( without_scripts( $match[0] ), ALLOWED, array( 'http', 'https' ) ) );
		if ( preg_match( '~<li\b~', $clean ) ) {
			$sections[ $match[1] ] = $clean;
		}
	}
	return $sections;
}

/** `wp_kses` takes tags away and leaves what stood between them; of these nothing is to be left. */
function without_scripts( string $html ): string {
	return (string) preg_replace( '~<(script|style|template|iframe|object)\b.*?(?:</\1\s*>|$)~is', '', $html );
}

/** Without the items whose posts are public no more: a kept copy must not outlive a take-down. */
function without_gone( string $section ): string {
	$prefix = preg_quote( 'wp-' . get_current_blog_id() . '-', '~' );
	return (string) preg_replace_callback(
		'~\s*<li\b[^>]*\bdata-id="' . $prefix . '(\d+)"[^>]*>.*?</li>~s',
		static function ( array $item ): string {
			$post = get_post( (int) $item[1] );
			return $post instanceof \WP_Post && Article\is_public( $post ) ? $item[0] : '';
		},
		$section
	);
}
