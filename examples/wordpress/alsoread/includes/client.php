<?php
/**
 * Calls to the service. An answer is an array: `status` (0 where none came), `body`, `error` and `retry_after`.
 *
 * @package Alsoread
 */

namespace Alsoread\Client;

use Alsoread\Settings;

const JSON_FLAGS = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE;

/** Write one article. */
function put( string $id, string $json, float $timeout ): array {
	return write( 'PUT', path( $id ), $json, 'application/json', $timeout );
}

/** Remove one article. */
function delete( string $id, float $timeout ): array {
	return write( 'DELETE', path( $id ), '', '', $timeout );
}

/** Write and remove many: a line of JSON each. */
function batch( array $lines, float $timeout ): array {
	return write( 'POST', '/v1/articles', implode( "\n", $lines ) . "\n", 'application/x-ndjson', $timeout );
}

/** The boxes of a page, as an HTML fragment. */
function embed( string $url, string $slots, float $timeout ): array {
	$query = array(
		'url'   => rawurlencode( $url ),
		'slots' => rawurlencode( $slots ),
		'css'   => 'none',
	);
	return call( 'GET', add_query_arg( $query, Settings\server_address() . '/embed' ), array( 'Accept' => 'text/html' ), '', $timeout );
}

/** The stylesheet of the boxes. */
function stylesheet( float $timeout ): array {
	return call( 'GET', Settings\server_address() . '/widget.css', array( 'Accept' => 'text/css' ), '', $timeout );
}

/** The JSON of a record, on one line. */
function to_json( array $record ): string {
	return (string) wp_json_encode( $record, JSON_FLAGS );
}

/** Where an article is written; an id with odd characters is named by a parameter, whatever a proxy does to paths. */
function path( string $id ): string {
	return preg_match( '/^\w[\w.-]*$/', $id ) ? "/v1/articles/$id" : '/v1/articles?id=' . rawurlencode( $id );
}

function write( string $method, string $path, string $body, string $type, float $timeout ): array {
	$headers = array(
		'Accept'        => 'application/json',
		'Authorization' => 'Bearer ' . Settings\key(),
	);
	if ( '' !== $type ) {
		$headers['Content-Type'] = $type;
	}
	return call( $method, Settings\server_address() . $path, $headers, $body, $timeout );
}

function call( string $method, string $address, array $headers, string $body, float $timeout ): array {
	$answer = wp_remote_request(
		$address,
		array(
			'method'              => $method,
			'headers'             => $headers,
			'body'                => '' === $body ? null : $body,
			'timeout'             => $timeout,
			'redirection'         => 0, // A key goes to the address that was set, and to no other.
			'limit_response_size' => 4000000,
			'user-agent'          => 'Alsoread-WordPress/' . \Alsoread\VERSION,
		)
	);
	if ( is_wp_error( $answer ) ) {
		return array(
			'status'      => 0,
			'body'        => '',
			'error'       => without_key( $answer->get_error_message() ),
			'retry_after' => 0,
		);
	}
	$status = (int) wp_remote_retrieve_response_code( $answer );
	$body   = without_key( (string) wp_remote_retrieve_body( $answer ) );
	return array(
		'status'      => $status,
		'body'        => $body,
		'error'       => $status >= 200 && $status < 300 ? '' : reason( $status, $body ),
		'retry_after' => (int) wp_remote_retrieve_header( $answer, 'retry-after' ),
	);
}

/** What others say is shown to people, and might repeat the key. */
function without_key( string $said ): string {
	$key = Settings\key();
	return '' === $key ? $said : str_replace( $key, '…', $said );
}

/** Why an answer is none, in the service's own words where it said any (RFC 9457). */
function reason( int $status, string $body ): string {
	$problem = json_decode( $body, true );
	$detail  = is_array( $problem ) && isset( $problem['detail'] ) && is_string( $problem['detail'] ) ? $problem['detail'] : '';
	return '' === $detail ? "status $status" : "status $status: " . substr( wp_strip_all_tags( $detail ), 0, 500 );
}

/** The name of the problem that an answer is about; empty where it is not one of the service's own. */
function problem( array $answer ): string {
	$problem = json_decode( $answer['body'], true );
	$type    = is_array( $problem ) && isset( $problem['type'] ) ? (string) $problem['type'] : '';
	return preg_match( '/^urn:alsoread:problem:([a-z-]+)$/', $type, $found ) ? $found[1] : '';
}
