<?php
/**
 * The places on a page that the service fills, and how many pieces each takes.
 *
 * @package Alsoread
 */

namespace Alsoread\Slots;

const NAMES = array( 'also-read', 'more-in-section', 'background' );
const USUAL = array( 'also-read' => 4 );
const MOST  = 50;

/** Slots out of `also-read:4,more-in-section`; what is no slot is left out, and nothing left gives the fallback. */
function parse( string $text, array $fallback ): array {
	$slots = array();
	foreach ( explode( ',', strtolower( $text ) ) as $part ) {
		$pair = array_map( 'trim', explode( ':', $part, 2 ) );
		if ( in_array( $pair[0], NAMES, true ) ) {
			$slots[ $pair[0] ] = limit( $pair[1] ?? ( $fallback[ $pair[0] ] ?? 4 ) );
		}
	}
	$slots = array_filter( $slots );
	return $slots ? $slots : $fallback;
}

/** As the service's parameter `slots` has it. */
function write( array $slots ): string {
	$parts = array();
	foreach ( $slots as $name => $limit ) {
		$parts[] = "$name:$limit";
	}
	return implode( ',', $parts );
}

/** A number of pieces from 0 (none) to 50. */
function limit( $value ): int {
	return max( 0, min( MOST, is_numeric( $value ) ? (int) $value : 0 ) );
}
