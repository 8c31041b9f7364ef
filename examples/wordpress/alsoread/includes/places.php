<?php
/**
 * Where boxes stand: after the content by themselves, where an editor put the block, or the shortcode.
 *
 * @package Alsoread
 */

namespace Alsoread\Places;

use Alsoread\Boxes;
use Alsoread\Fragments;
use Alsoread\Settings;
use Alsoread\Slots;

const BLOCK     = 'alsoread/suggestions';
const SHORTCODE = 'alsoread';

function register(): void {
	add_action( 'init', __NAMESPACE__ . '\register_block_and_shortcode' );
	add_filter( 'the_content', __NAMESPACE__ . '\after_content', 20 );
	add_action( 'wp_enqueue_scripts', __NAMESPACE__ . '\prepare_page' );
	add_filter( 'script_loader_tag', __NAMESPACE__ . '\as_module', 10, 3 );
}

function register_block_and_shortcode(): void {
	add_shortcode( SHORTCODE, __NAMESPACE__ . '\shortcode' );
	register_block_type( dirname( \Alsoread\PLUGIN_FILE ) . '/blocks/suggestions', array( 'render_callback' => __NAMESPACE__ . '\block' ) );
}

/** `[alsoread slots="also-read:4,more-in-section:6"]`; without `slots` those of the settings. */
function shortcode( $attributes ): string {
	$given = shortcode_atts( array( 'slots' => '' ), is_array( $attributes ) ? $attributes : array(), SHORTCODE );
	return boxes( get_post(), Slots\parse( (string) $given['slots'], Settings\all()['slots'] ) );
}

function block( array $attributes, string $content = '', $block = null ): string {
	$post  = get_post( $block->context['postId'] ?? null );
	$slots = array_filter(
		array(
			'also-read'       => Slots\limit( $attributes['alsoRead'] ?? 0 ),
			'more-in-section' => Slots\limit( $attributes['moreInSection'] ?? 0 ),
		)
	);
	$boxes = boxes( $post, $slots );
	return '' === $boxes ? '' : '<div ' . get_block_wrapper_attributes() . '>' . $boxes . '</div>';
}

function after_content( $content ) {
	$post = get_post();
	if ( ! is_string( $content ) || ! $post instanceof \WP_Post || ! stands_alone( $post ) ) {
		return $content;
	}
	return has_own_place( $post ) ? $content : $content . boxes( $post, Settings\all()['slots'] );
}

/** Whether this is the page of the post itself, and boxes come by themselves there. */
function stands_alone( \WP_Post $post ): bool {
	return Settings\all()['automatic']
		&& is_singular( Settings\post_types() )
		&& in_the_loop()
		&& is_main_query()
		&& get_queried_object_id() === $post->ID
		&& ! doing_filter( 'get_the_excerpt' );
}

/** Whether an editor chose where the boxes of a post stand. */
function has_own_place( \WP_Post $post ): bool {
	return has_block( BLOCK, $post ) || has_shortcode( $post->post_content, SHORTCODE );
}

/** The boxes of a post, with what the page needs for them; not in feeds, previews, and what the editor shows. */
function boxes( $post, array $slots ): string {
	if ( ! $post instanceof \WP_Post || is_feed() || is_preview() || is_admin() || wp_is_json_request() || post_password_required( $post ) ) {
		return '';
	}
	$boxes = Boxes\render( $post, $slots );
	if ( '' !== $boxes ) {
		enqueue();
	}
	return $boxes;
}

/** In the head, where it is known already that there will be boxes, so that nothing shifts when they come. */
function prepare_page(): void {
	$post = is_singular( Settings\post_types() ) ? get_post( get_queried_object_id() ) : null;
	if ( $post instanceof \WP_Post && ( Settings\all()['automatic'] || has_own_place( $post ) ) ) {
		enqueue();
	}
}

/** The script, as a module; the stylesheet inline, so that no page waits for the service to be painted. */
function enqueue(): void {
	if ( Boxes\has_script() ) {
		$source = Settings\reader_address() . '/widget.js';
		if ( function_exists( 'wp_enqueue_script_module' ) ) { // From WordPress 6.5 on.
			wp_enqueue_script_module( 'alsoread', $source, array(), null );
		} else {
			wp_enqueue_script( 'alsoread', $source, array(), null, true );
		}
	}
	if ( ! wp_style_is( 'alsoread', 'registered' ) && apply_filters( 'alsoread_style', true ) ) {
		$style = Fragments\stylesheet();
		if ( null !== $style && false === strpos( $style, '<' ) ) {
			wp_register_style( 'alsoread', false, array(), null );
			wp_add_inline_style( 'alsoread', $style );
			wp_enqueue_style( 'alsoread' );
		}
	}
}

/** Before WordPress 6.5, scripts are classic ones unless their tag says otherwise. */
function as_module( $tag, $handle, $source ) {
	if ( 'alsoread' !== $handle ) {
		return $tag;
	}
	return '<script type="module" src="' . esc_url( $source ) . '"></script>' . "\n"; // phpcs:ignore WordPress.WP.EnqueuedResources
}
