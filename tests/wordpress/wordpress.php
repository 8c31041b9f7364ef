<?php
/* As much of WordPress as the plugin uses, in memory: hooks, options, transients, cron, and the calls of others. */

define( 'ABSPATH', __DIR__ );
define( 'MINUTE_IN_SECONDS', 60 );
define( 'HOUR_IN_SECONDS', 3600 );
define( 'DAY_IN_SECONDS', 86400 );

/** What the present page is; scenarios set it. */
class Page {
	public static $admin    = false;
	public static $feed     = false;
	public static $singular = 0;
	public static $loop     = true;
	public static $can      = true;
	public static $post     = null;
	public static $now      = 1800000000;
}

class Hooks {
	public static $known   = array();
	public static $running = array();
	public static $blocks  = array();
}

function add_filter( $name, $call, $priority = 10, $arguments = 1 ) {
	Hooks::$known[ $name ][ $priority ][] = array( $call, $arguments );
	return true;
}
function add_action( ...$given ) {
	return add_filter( ...$given );
}
function apply_filters( $name, $value, ...$more ) {
	Hooks::$running[] = $name;
	$calls            = Hooks::$known[ $name ] ?? array();
	ksort( $calls );
	foreach ( $calls as $same ) {
		foreach ( $same as $call ) {
			$value = ( $call[0] )( ...array_slice( array( $value, ...$more ), 0, $call[1] ) );
		}
	}
	array_pop( Hooks::$running );
	return $value;
}
function do_action( $name, ...$values ) {
	Hooks::$running[] = $name;
	$calls            = Hooks::$known[ $name ] ?? array();
	ksort( $calls );
	foreach ( $calls as $same ) {
		foreach ( $same as $call ) {
			( $call[0] )( ...array_slice( $values, 0, $call[1] ) );
		}
	}
	array_pop( Hooks::$running );
}
function current_action() {
	return end( Hooks::$running );
}
function doing_filter( $name ) {
	return in_array( $name, Hooks::$running, true );
}

function get_option( $name, $default = false ) {
	global $wpdb;
	$kept = $wpdb->get_var( $wpdb->prepare( 'SELECT option_value FROM wp_options WHERE option_name = %s', $name ) );
	return null === $kept ? $default : unserialize( base64_decode( $kept ) );
}
function update_option( $name, $value, $autoload = null ) {
	global $wpdb;
	$value = apply_filters( "sanitize_option_$name", $value );
	$wpdb->query( $wpdb->prepare( 'INSERT OR REPLACE INTO wp_options VALUES (%s, %s)', $name, base64_encode( serialize( $value ) ) ) );
	return true;
}
function delete_option( $name ) {
	global $wpdb;
	return (bool) $wpdb->query( $wpdb->prepare( 'DELETE FROM wp_options WHERE option_name = %s', $name ) );
}
function get_transient( $name ) {
	$till = get_option( "_transient_timeout_$name" );
	return false === $till || $till > Page::$now ? get_option( "_transient_$name" ) : false;
}
function set_transient( $name, $value, $seconds = 0 ) {
	update_option( "_transient_timeout_$name", Page::$now + $seconds );
	return update_option( "_transient_$name", $value );
}
function delete_transient( $name ) {
	delete_option( "_transient_timeout_$name" );
	return delete_option( "_transient_$name" );
}

class Cron {
	public static $events    = array();
	public static $recurring = array();
}
function wp_next_scheduled( $hook ) {
	return Cron::$events[ $hook ] ?? false;
}
function wp_schedule_single_event( $at, $hook ) {
	if ( isset( Cron::$events[ $hook ] ) && abs( Cron::$events[ $hook ] - $at ) < 600 ) {
		return false;
	}
	Cron::$events[ $hook ] = $at;
	return true;
}
function wp_schedule_event( $at, $how_often, $hook ) {
	Cron::$events[ $hook ]    = $at;
	Cron::$recurring[ $hook ] = 3600;
	return true;
}
function wp_clear_scheduled_hook( $hook ) {
	unset( Cron::$events[ $hook ] );
}
/** Let so many seconds pass, with WP-Cron coming by at the end. */
function pass( $seconds ) {
	Page::$now += $seconds;
	foreach ( Cron::$events as $hook => $at ) {
		if ( $at <= Page::$now ) {
			unset( Cron::$events[ $hook ] );
			if ( isset( Cron::$recurring[ $hook ] ) ) {
				Cron::$events[ $hook ] = Page::$now + Cron::$recurring[ $hook ];
			}
			do_action( $hook );
		}
	}
}

class WP_Error {
	private $message;
	public function __construct( $code, $message ) {
		$this->message = $message;
	}
	public function get_error_message() {
		return $this->message;
	}
}
function is_wp_error( $thing ) {
	return $thing instanceof WP_Error;
}

/** Every call to another server; they go to the real service where a scenario has one, or else to an answer of its own. */
class Web {
	public static $requests = array();
	public static $answer   = null;
	public static $service  = '';

	public static function call( $address, array $given ) {
		self::$requests[] = array(
			'method'  => $given['method'],
			'url'     => $address,
			'headers' => $given['headers'],
			'body'    => $given['body'],
			'timeout' => $given['timeout'],
		);
		return self::$answer ? ( self::$answer )( $address, $given ) : self::pass_on( $address, $given );
	}

	public static function pass_on( $address, array $given ) {
		$headers = array( 'Connection: close' );
		foreach ( $given['headers'] as $name => $value ) {
			$headers[] = "$name: $value";
		}
		$http = array(
			'method'        => $given['method'],
			'header'        => $headers,
			'content'       => $given['body'] ?? '',
			'ignore_errors' => true,
			'timeout'       => 20,
		);
		$body = @file_get_contents( $address, false, stream_context_create( array( 'http' => $http ) ) );
		if ( false === $body ) {
			return new WP_Error( 'http_request_failed', 'cURL error 7: Failed to connect' );
		}
		return answer( (int) explode( ' ', $http_response_header[0] )[1], $body );
	}
}
function wp_remote_request( $address, $given ) {
	return Web::call( $address, $given );
}
function answer( $status, $body = '', array $headers = array() ) {
	return compact( 'status', 'body', 'headers' );
}
function wp_remote_retrieve_response_code( $answer ) {
	return $answer['status'];
}
function wp_remote_retrieve_body( $answer ) {
	return $answer['body'];
}
function wp_remote_retrieve_header( $answer, $name ) {
	return $answer['headers'][ $name ] ?? '';
}

function get_current_blog_id() {
	return 1;
}
function is_multisite() {
	return false;
}
function is_admin() {
	return Page::$admin;
}
function is_feed() {
	return Page::$feed;
}
function is_preview() {
	return false;
}
function wp_is_json_request() {
	return false;
}
function wp_doing_cron() {
	return false;
}
function is_singular( $types ) {
	return Page::$singular > 0 && in_array( get_post( Page::$singular )->post_type, (array) $types, true );
}
function in_the_loop() {
	return Page::$loop;
}
function is_main_query() {
	return true;
}
function get_queried_object_id() {
	return Page::$singular;
}
function current_user_can() {
	return Page::$can;
}
function get_bloginfo() {
	return 'en-GB';
}
function wp_rand( $least, $most ) {
	return random_int( $least, $most );
}
function register_activation_hook() {}
function register_deactivation_hook() {}
function plugin_basename() {
	return 'alsoread/alsoread.php';
}
function plugins_url( $path ) {
	return "https://www.example.com/wp-content/plugins/alsoread/$path";
}
function admin_url( $path ) {
	return "https://www.example.com/wp-admin/$path";
}
