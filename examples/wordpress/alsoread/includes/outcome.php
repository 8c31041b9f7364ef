<?php
/**
 * What an answer of the service means for what was sent: dealt with, not to be had as it is, or to be sent again.
 *
 * @package Alsoread
 */

namespace Alsoread\Outcome;

use Alsoread\Article;
use Alsoread\Client;
use Alsoread\Queue;
use Alsoread\Sender;

/** Results of a line after which the service and the post are in step. */
const SETTLED = array( 'created', 'updated', 'unchanged', 'deleted', 'absent' );

/** Whether one article was dealt with. */
function is_settled( array $answer ): bool {
	return in_array( $answer['status'], array( 200, 201, 204 ), true );
}

/** Whether the service knows a version that is as new, or newer, than what it was sent. */
function is_stale( array $answer ): bool {
	return 409 === $answer['status'] && 'stale-article' === Client\problem( $answer );
}

/**
 * Have a post sent again, as newer than what the service knows.
 *
 * So it is with one that was removed and is back without having been edited, or comes out of a backup: what stands on
 * the site counts. A post for which that was tried in vain is refused.
 */
function overtake( object $row, array $result ): void {
	$known = isset( $result['known_updated_at'] ) ? (string) $result['known_updated_at'] : '';
	if ( '' === $known || get_post_meta( (int) $row->post_id, Article\KNOWN_META, true ) === $known ) {
		Queue\refuse( $row, 'the service knows a newer version: ' . $known );
		return;
	}
	update_post_meta( (int) $row->post_id, Article\KNOWN_META, $known );
}

/** Whether the service, or what stands before it, was reached and did not like what it was sent. */
function is_about_content( array $answer ): bool {
	if ( is_about_key( $answer ) ) {
		return false;
	}
	return in_array( $answer['status'], array( 400, 403, 409, 413, 415, 422, 500 ), true );
}

/** Whether the key is at fault. */
function is_about_key( array $answer ): bool {
	return 401 === $answer['status'] || 'wrong-scope' === Client\problem( $answer );
}

/** Deal with each row as its line of a batch's answer says; false where some are to be sent again. */
function settle_batch( array $rows, array $answer ): bool {
	$results = array();
	foreach ( explode( "\n", $answer['body'] ) as $line ) {
		$result = json_decode( $line, true );
		if ( is_array( $result ) && isset( $result['line'], $result['result'] ) ) {
			$results[ (int) $result['line'] ] = $result;
		}
	}
	$failing = false;
	foreach ( $rows as $at => $row ) {
		$result = $results[ $at + 1 ] ?? array( 'result' => 'failed' );
		if ( in_array( $result['result'], SETTLED, true ) ) {
			Sender\settled( $row, in_array( $result['result'], array( 'deleted', 'absent' ), true ) );
		} elseif ( 'stale' === $result['result'] ) {
			overtake( $row, $result );
		} elseif ( 'rejected' === $result['result'] ) {
			Queue\refuse( $row, faults( $result ) );
		} else {
			$failing = true;
		}
	}
	if ( $failing ) {
		$answer['error'] = $results ? 'the archive could not be written to' : 'the answer is not one of an Alsoread service';
		return Sender\failed( $answer );
	}
	Sender\succeeded();
	return true;
}

/** What is wrong with a line, field by field. */
function faults( array $result ): string {
	$faults = array();
	foreach ( isset( $result['errors'] ) && is_array( $result['errors'] ) ? $result['errors'] : array() as $fault ) {
		$faults[] = trim( ( $fault['field'] ?? '' ) . ': ' . ( $fault['detail'] ?? '' ), ': ' );
	}
	return implode( '; ', $faults );
}
