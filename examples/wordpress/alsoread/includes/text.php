<?php
/**
 * Plain text out of what WordPress keeps: markup, blocks, shortcodes and entities gone, paragraphs kept.
 *
 * A post's content is read as it is stored, not as it is shown: filters of other plugins would add their own words to
 * it (share buttons, lists of other posts), and running them while a post is saved can be slow.
 *
 * @package Alsoread
 */

namespace Alsoread\Text;

/** Shortcodes whose inside is no prose. */
const DROPPED_SHORTCODES = array( 'alsoread', 'audio', 'caption', 'embed', 'gallery', 'playlist', 'video', 'wp_caption' );

/** Elements whose inside is no prose. */
const DROPPED_ELEMENTS = 'script|style|template|noscript|iframe|object|svg|form|button|select|figcaption';

/** Elements that begin and end a paragraph. */
const BLOCKS = 'address|article|aside|blockquote|dd|details|div|dl|dt|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul';

/** The text of a post's content. */
function of_content( string $content ): string {
	$content = str_replace( array( "\r\n", "\r" ), "\n", $content );
	$content = replaced( '/<!--.*?-->/s', "\n\n", $content );
	$content = without_shortcodes( $content );
	$content = replaced( '~<(' . DROPPED_ELEMENTS . ')\b[^>]*>.*?</\1\s*>~is', '', $content );
	$content = replaced( '~<br\b[^>]*>~i', "\n", $content );
	$content = replaced( '~</?(?:' . BLOCKS . ')\b[^>]*>~i', "\n\n", $content );
	$content = decoded( replaced( '~</?[a-z][^>]*>~i', '', $content ) );
	$content = replaced( '/[^\S\n]+/u', ' ', $content );
	$content = replaced( '/ ?\n ?/', "\n", $content );
	return trim( replaced( '/\n{3,}/', "\n\n", $content ) );
}

/** One line of text, such as a title, out of what may hold markup and entities. */
function of_line( string $value ): string {
	$value = replaced( '~<(?:/?(?:' . BLOCKS . ')|br)\b[^>]*>~i', ' ', $value );
	return trim( replaced( '/\s+/u', ' ', decoded( replaced( '~</?[a-z][^>]*>~i', '', $value ) ) ) );
}

/** The first so many characters. */
function cut( string $text, int $characters ): string {
	$found = preg_match( '/^.{0,' . min( $characters, 65000 ) . '}/us', $text, $match );
	return $found ? $match[0] : cut_bytes( $text, $characters );
}

/** At most so many bytes, up to the last whole paragraph where that keeps most of it, never half a character. */
function cut_bytes( string $text, int $bytes ): string {
	if ( strlen( $text ) <= $bytes ) {
		return $text;
	}
	$text = substr( $text, 0, $bytes );
	$last = strrpos( $text, "\n\n" );
	if ( false !== $last && $last > $bytes / 2 ) {
		return substr( $text, 0, $last );
	}
	return rtrim( replaced( '/(?:[\xC0-\xDF]|[\xE0-\xEF][\x80-\xBF]?|[\xF0-\xF7][\x80-\xBF]{0,2})$/', '', $text ) );
}

/** Without the shortcodes that the site knows; what an enclosing one holds stays, unless it is no prose. */
function without_shortcodes( string $content ): string {
	global $shortcode_tags;
	if ( false === strpos( $content, '[' ) ) {
		return $content;
	}
	$dropped = (array) apply_filters( 'alsoread_dropped_shortcodes', DROPPED_SHORTCODES );
	$content = replaced( '/\[(' . any_of( $dropped ) . ')(?=[\s\]\/])[^\]]*\][^\[]*(?:\[(?!\/?\1)[^\[]*)*\[\/\1\]/s', '', $content );
	$known   = array_merge( array_map( 'strval', array_keys( (array) $shortcode_tags ) ), $dropped );
	return replaced( '/\[\/?(?:' . any_of( $known ) . ')(?=[\s\]\/])[^\]]*\]/', '', $content );
}

function any_of( array $words ): string {
	return implode(
		'|',
		array_map(
			static function ( $word ) {
				return preg_quote( $word, '/' );
			},
			$words
		)
	);
}

function decoded( string $text ): string {
	return html_entity_decode( $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
}

/** As preg_replace; the text as it came where it cannot be read, for one odd byte must not cost a post its words. */
function replaced( string $pattern, string $with, string $text ): string {
	$result = preg_replace( $pattern, $with, $text );
	return null === $result ? $text : $result;
}
