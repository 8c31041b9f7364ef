<?php
/**
 * What the site's owner has set. Read anew each time: WordPress keeps options in memory, and blogs of a network differ.
 *
 * @package Alsoread
 */

namespace Alsoread\Settings;

use Alsoread\Slots;

const OPTION     = 'alsoread_settings';
const KEY_OPTION = 'alsoread_key';

/** All settings, with the defaults where nothing was set. */
function all(): array {
	$defaults = array(
		'reader_address' => '',
		'server_address' => '',
		'post_types'     => array( 'post' ),
		'slots'          => Slots\USUAL,
		'automatic'      => false,
	);
	$set      = get_option( OPTION, array() );
	return array_merge( $defaults, array_intersect_key( is_array( $set ) ? $set : array(), $defaults ) );
}

/** Where readers' browsers find the service; empty: the page carries no script. */
function reader_address(): string {
	return all()['reader_address'];
}

/** Where this server finds the service: its own address for it, or else the readers'. */
function server_address(): string {
	$all = all();
	return '' !== $all['server_address'] ? $all['server_address'] : $all['reader_address'];
}

/** The types of posts that the service is told of. */
function post_types(): array {
	return (array) apply_filters( 'alsoread_post_types', all()['post_types'] );
}

/** The key to write with: the constant in wp-config.php before the option; empty where there is none. */
function key(): string {
	if ( key_is_constant() ) {
		return trim( (string) ALSOREAD_KEY );
	}
	// Kept in an array, which WordPress' own page of all options does not print.
	$kept = get_option( KEY_OPTION, array() );
	return is_array( $kept ) && isset( $kept['key'] ) ? (string) $kept['key'] : '';
}

/** Whether the key comes from wp-config.php. */
function key_is_constant(): bool {
	return defined( 'ALSOREAD_KEY' ) && '' !== trim( (string) ALSOREAD_KEY );
}

/** The part of a key that may be seen: its public number, as `alsoread keys list` shows it. */
function shown_key( string $key ): string {
	if ( '' === $key ) {
		return '';
	}
	return preg_match( '/^(alsoread_[0-9a-f]{12})_/', $key, $found ) ? $found[1] . '_…' : '…';
}

/** Whether articles can be sent at all. */
function may_write(): bool {
	return '' !== server_address() && '' !== key();
}

/** An address of a service without what follows its path; empty where it is none. */
function clean_address( $value ): string {
	$value = trim( is_string( $value ) ? $value : '' );
	if ( ! preg_match( '~^https?://[^/\s?#@]+(/[^\s?#]*)?$~i', $value ) ) {
		return '';
	}
	return rtrim( esc_url_raw( $value, array( 'http', 'https' ) ), '/' );
}

/** Whether the key would travel unencrypted to another machine. */
function key_travels_open( string $address ): bool {
	$host = (string) wp_parse_url( $address, PHP_URL_HOST );
	return 0 === stripos( $address, 'http://' ) && ! in_array( $host, array( 'localhost', '127.0.0.1', '[::1]' ), true );
}
