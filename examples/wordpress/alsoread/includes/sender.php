<?php
/**
 * Tells the service what changed: one post by `PUT` or `DELETE`, several in one call.
 *
 * One sender works at a time, so that calls arrive in order. When the service does not answer, all that waits goes on
 * waiting: 15 seconds, then twice as long each time, at most an hour.
 *
 * @package Alsoread
 */

namespace Alsoread\Sender;

use Alsoread\Article;
use Alsoread\Client;
use Alsoread\Outcome;
use Alsoread\Queue;
use Alsoread\Settings;

const EVENT       = 'alsoread_send';
const LOOK        = 'alsoread_look';
const STATE       = 'alsoread_sender';
const MOST_POSTS  = 100;
const MOST_BYTES  = 768000; // Under nginx' usual limit of a megabyte for a body.
const FIRST_PAUSE = 15;
const LAST_PAUSE  = 3600;

function register(): void {
	add_action( EVENT, __NAMESPACE__ . '\run_by_cron' );
	add_action( LOOK, __NAMESPACE__ . '\look' );
	add_action( 'init', __NAMESPACE__ . '\schedule_look' );
}

/** How the sender is: `failing_since` (0 where it is not), `tries`, `next_try`, `error`, `key_refused`, `last_sent`. */
function state(): array {
	$kept = get_option( STATE, array() );
	return array_merge(
		array(
			'failing_since' => 0,
			'tries'         => 0,
			'next_try'      => 0,
			'error'         => '',
			'key_refused'   => false,
			'last_sent'     => 0,
		),
		is_array( $kept ) ? $kept : array()
	);
}

function run_by_cron(): void {
	run( 50 );
}

/** Every hour: what a kill left behind is sent, and once a day what the service refused is tried again. */
function look(): void {
	Queue\take_up_refused( time() - DAY_IN_SECONDS );
	run( 50 );
}

function schedule_look(): void {
	if ( ! wp_next_scheduled( LOOK ) ) {
		wp_schedule_event( time() + HOUR_IN_SECONDS, 'hourly', LOOK );
	}
}

/** Let the cron come at a time, unless it comes before anyway. */
function schedule( int $at ): void {
	$next = wp_next_scheduled( EVENT );
	if ( ! $next || $next > $at + 5 ) {
		wp_clear_scheduled_hook( EVENT ); // WordPress takes no second event within ten minutes of another.
		wp_schedule_single_event( $at, EVENT );
	}
}

function unschedule(): void {
	wp_clear_scheduled_hook( EVENT );
	wp_clear_scheduled_hook( LOOK );
}

/** Try again at once, whatever pause was on: a person asks. */
function resume(): void {
	update_option( STATE, array_merge( state(), array( 'next_try' => 0 ) ), false );
}

/**
 * Send what waits, for about so many seconds; `$timeout` is for each call.
 *
 * True when all is sent, or all but what the service refused. Otherwise the cron is to come again.
 */
function run( float $seconds, float $timeout = 20 ): bool {
	if ( ! Settings\may_write() ) {
		return false;
	}
	if ( state()['next_try'] <= time() ) {
		send_for( $seconds, $timeout );
	}
	if ( 0 === Queue\waiting() ) {
		return true;
	}
	schedule( max( time() + FIRST_PAUSE, state()['next_try'] ) );
	return false;
}

/** Send what waits, unless another sender is at work. */
function send_for( float $seconds, float $timeout ): void {
	$hold  = (int) $timeout + 30;
	$token = Queue\lock( $hold );
	$end   = microtime( true ) + $seconds;
	try {
		while ( $token && Queue\keep_lock( $token, $hold ) ) {
			$rows = Queue\next_rows( MOST_POSTS );
			if ( ! $rows || ! send( $rows, $timeout ) || microtime( true ) >= $end ) {
				break;
			}
		}
	} finally {
		Queue\unlock( $token );
	}
}

/** Send some of these rows, as many as fit into one call; false where the service cannot be reached. */
function send( array $rows, float $timeout ): bool {
	_prime_post_caches( wp_list_pluck( $rows, 'post_id' ) );
	$changes = array();
	$bytes   = 0;
	foreach ( $rows as $row ) {
		$change = change_of( $row );
		$bytes += strlen( $change->json ) + 1;
		if ( $changes && $bytes > MOST_BYTES ) {
			break;
		}
		$changes[] = $change;
	}
	if ( 1 === count( $changes ) ) {
		return send_one( $changes[0], $timeout );
	}
	$answer = Client\batch( wp_list_pluck( $changes, 'json' ), $timeout );
	if ( 200 === $answer['status'] ) {
		return Outcome\settle_batch( wp_list_pluck( $changes, 'row' ), $answer );
	}
	if ( ! Outcome\is_about_content( $answer ) ) {
		return failed( $answer );
	}
	foreach ( $changes as $change ) { // One of them cannot pass; find out which.
		if ( ! send_one( $change, $timeout ) ) {
			return false;
		}
	}
	return true;
}

function send_one( object $change, float $timeout ): bool {
	$answer = $change->removal ? Client\delete( $change->id, $timeout ) : Client\put( $change->id, $change->json, $timeout );
	if ( Outcome\is_settled( $answer ) ) {
		settled( $change->row, $change->removal );
		succeeded();
		return true;
	}
	if ( Outcome\is_stale( $answer ) ) {
		Outcome\overtake( $change->row, (array) json_decode( $answer['body'], true ) );
		return true;
	}
	if ( Outcome\is_about_content( $answer ) ) {
		Queue\refuse( $change->row, $answer['error'] );
		return true;
	}
	return failed( $answer );
}

/** What brings the service in step with a post as it is now: its record, or its removal. */
function change_of( object $row ): object {
	$record = Article\record_if_public( (int) $row->post_id );
	if ( null !== $record ) {
		// Noted before it is sent: also an answer that never came may be one to an article that arrived.
		update_post_meta( (int) $row->post_id, Queue\SENT_META, '1' );
	}
	$sent = $record ?? array(
		'id'      => $row->article_id,
		'deleted' => true,
	);
	return (object) array(
		'row'     => $row,
		'id'      => $sent['id'],
		'removal' => null === $record,
		'json'    => Client\to_json( $sent ),
	);
}

/** The service and the post are in step. */
function settled( object $row, bool $deleted ): void {
	if ( $deleted ) {
		delete_post_meta( (int) $row->post_id, Queue\SENT_META );
	}
	Queue\done( $row );
}

function succeeded(): void {
	$state = state();
	if ( $state['failing_since'] || time() - $state['last_sent'] > 30 ) {
		update_option( STATE, array( 'last_sent' => time() ), false );
	}
}

/** The service could not be reached, or would not listen: all that waits goes on waiting. */
function failed( array $answer ): bool {
	$state = state();
	$tries = $state['tries'] + 1;
	$pause = min( LAST_PAUSE, FIRST_PAUSE * 2 ** min( 12, $tries - 1 ) );
	if ( $answer['retry_after'] > 0 ) {
		$pause = min( LAST_PAUSE, $answer['retry_after'] );
	}
	$error = $answer['error'];
	if ( $answer['status'] >= 300 && $answer['status'] < 400 ) {
		$error .= ' (the address redirects; set the one that it leads to)';
	}
	update_option(
		STATE,
		array(
			'failing_since' => $state['failing_since'] ? $state['failing_since'] : time(),
			'tries'         => $tries,
			'next_try'      => time() + $pause,
			'error'         => $error,
			'key_refused'   => Outcome\is_about_key( $answer ),
			'last_sent'     => $state['last_sent'],
		),
		false
	);
	return false;
}
