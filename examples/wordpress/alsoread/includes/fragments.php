<?php
/**
 * What the service renders for pages, asked for by this server and kept: fresh for minutes, stale for a day.
 *
 * A page never waits long. The service has a second to answer; when it did not, a kept copy is shown, and for a minute
 * no page asks again. So a service that is away costs one page view a minute one second.
 *
 * @package Alsoread
 */

namespace Alsoread\Fragments;

use Alsoread\Client;
use Alsoread\Settings;

const TIMEOUT = 1.0;
const FRESH   = 300;
const PAUSE   = 60;
const PREFIX  = 'alsoread_kept_';
const BREAKER = 'alsoread_breaker';

/** What a page's boxes hold, as the service wrote it; empty where there is nothing, null where nobody knows. */
function boxes( string $url, string $slots ): ?string {
	return kept(
		$url . '|' . $slots,
		FRESH,
		static function () use ( $url, $slots ) {
			return Client\embed( $url, $slots, TIMEOUT );
		}
	);
}

/** The stylesheet of the boxes; null where nobody knows. */
function stylesheet(): ?string {
	return kept(
		'widget.css',
		HOUR_IN_SECONDS,
		static function () {
			return Client\stylesheet( TIMEOUT );
		}
	);
}

/** The kept answer while it is fresh, or a new one, or the kept one though it is stale. */
function kept( string $name, int $fresh, callable $ask ): ?string {
	if ( '' === Settings\server_address() ) {
		return null;
	}
	$key  = PREFIX . md5( Settings\server_address() . '|' . $name );
	$copy = get_transient( $key );
	$copy = is_array( $copy ) && isset( $copy['body'], $copy['at'] ) ? $copy : null;
	if ( $copy && $copy['at'] > time() - $fresh ) {
		return $copy['body'];
	}
	if ( is_open() ) {
		return $copy ? $copy['body'] : null;
	}
	$answer = $ask();
	$found  = 200 === $answer['status'];
	if ( ! $found && ! in_array( $answer['status'], array( 400, 404, 410 ), true ) ) {
		set_transient( BREAKER, time() + PAUSE, DAY_IN_SECONDS );
		return $copy ? $copy['body'] : null;
	}
	if ( false !== get_transient( BREAKER ) ) {
		delete_transient( BREAKER );
	}
	$body = $found ? $answer['body'] : '';
	$copy = array(
		'body' => $body,
		// Where there is nothing, the article may be a new one: it is asked for again after a minute.
		'at'   => '' !== trim( $body ) ? time() : time() - $fresh + min( PAUSE, $fresh ),
	);
	set_transient( $key, $copy, DAY_IN_SECONDS );
	return $copy['body'];
}

/** Whether the service was away less than a minute ago. Of those who come after that, the first one tries for all. */
function is_open(): bool {
	$until = get_transient( BREAKER );
	if ( false === $until ) {
		return false;
	}
	if ( (int) $until > time() ) {
		return true;
	}
	set_transient( BREAKER, time() + PAUSE, DAY_IN_SECONDS );
	return false;
}
