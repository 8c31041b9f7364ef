<?php
/* What administrators see and enter. */

use Alsoread\Settings;
use Alsoread\SettingsPage;

function shown( callable $what ) {
	ob_start();
	$what();
	return ob_get_clean();
}

function admin_pages() {
	return shown( fn() => do_action( 'admin_notices' ) ) . shown( 'Alsoread\SettingsPage\page' );
}

function scenario_admin_key_refused() {
	publish( array( 'post_title' => 'x' ) );
	do_action( 'admin_init' );
	return array( 'pages' => admin_pages(), 'key' => Settings\key(), 'state' => Alsoread\Sender\state() );
}

/** An answer, and a failure, that repeat the key. */
function scenario_admin_key_in_errors() {
	do_action( 'admin_init' );
	Web::$answer = fn() => new WP_Error( 'x', 'bad header: Bearer ' . Settings\key() );
	publish();
	Page::$now += 4000;
	$pages       = admin_pages();
	Web::$answer = fn() => answer( 400, json_encode( array( 'detail' => 'got ' . Settings\key() ) ) );
	pass( 4000 );
	return array( 'pages' => $pages . admin_pages(), 'key' => Settings\key() );
}

function scenario_admin_long_away() {
	Web::$answer = 'away';
	publish( array( 'post_title' => '<script>alert(1)</script>' ) );
	$soon = shown( fn() => do_action( 'admin_notices' ) );
	Page::$now += 7200;
	$late       = shown( fn() => do_action( 'admin_notices' ) );
	Page::$can  = false;
	return array( 'soon' => $soon, 'late' => $late, 'others' => admin_pages() );
}

function scenario_admin_refused_post() {
	Web::$answer = fn() => answer( 400, json_encode( array( 'detail' => 'title: <script>alert(1)</script>expected' ) ) );
	publish( array( 'post_title' => '<script>alert(2)</script>Flood' ) );
	return array( 'pages' => shown( fn() => do_action( 'admin_notices' ) ) );
}

function scenario_admin_form() {
	do_action( 'admin_init' );
	update_option(
		Settings\OPTION,
		array(
			'reader_address' => ' http://alsoread.example.com/base/ ',
			'server_address' => 'javascript:alert(1)',
			'post_types'     => array( 'page', 'attachment', 'x' ),
			'slots'          => array( 'also-read' => '500', 'more-in-section' => '-1', 'x' => '3' ),
			'automatic'      => '1',
			'other'          => 'x',
		)
	);
	$noted = array( 'settings' => get_option( Settings\OPTION ), 'errors' => Forms::$errors );
	foreach ( array( array( 'key' => '' ), array( 'key' => ' new-key ' ), array( 'key' => "two\r\nX-Header: lines" ), array( 'forget' => '1', 'key' => 'x' ) ) as $given ) {
		update_option( Settings\KEY_OPTION, $given );
		$noted['keys'][] = Settings\key();
	}
	$noted['page'] = admin_pages();
	return $noted;
}

function scenario_admin_constant() {
	define( 'ALSOREAD_KEY', 'alsoread_ba9876543210_' . str_repeat( 'e', 64 ) );
	do_action( 'admin_init' );
	return array( 'key' => Settings\key(), 'page' => admin_pages() );
}

function scenario_admin_uninstall() {
	global $wpdb;
	publish();
	Web::$answer = fn() => answer( 200, '' );
	Alsoread\Fragments\boxes( 'https://www.example.com/a', 'also-read:4' );
	update_option( 'another_plugins', 'stays' );
	$before = $wpdb->get_col( 'SELECT option_name FROM wp_options' );
	define( 'WP_UNINSTALL_PLUGIN', 'alsoread/alsoread.php' );
	require dirname( __DIR__, 2 ) . '/examples/wordpress/alsoread/uninstall.php';
	return array(
		'before'  => $before,
		'options' => $wpdb->get_col( 'SELECT option_name FROM wp_options' ),
		'tables'  => $wpdb->get_col( "SELECT name FROM sqlite_master WHERE type = 'table'" ),
		'meta'    => $wpdb->get_col( 'SELECT meta_key FROM wp_postmeta' ),
		'cron'    => Cron::$events,
	);
}
