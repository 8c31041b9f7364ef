<?php
/**
 * “Send all posts” on the settings page: notes every post and has them sent, batch by batch, while a bar shows how far
 * it is. Where the page is closed, WP-Cron goes on.
 *
 * @package Alsoread
 */

namespace Alsoread\SendingTool;

use Alsoread\Queue;
use Alsoread\Sender;
use Alsoread\Settings;
use Alsoread\SettingsPage;

const NONCE = 'alsoread_send_all';
const SLICE = 5;

function register(): void {
	add_action( 'wp_ajax_alsoread_begin', __NAMESPACE__ . '\begin' );
	add_action( 'wp_ajax_alsoread_go_on', __NAMESPACE__ . '\go_on' );
	add_action( 'admin_enqueue_scripts', __NAMESPACE__ . '\enqueue' );
}

function enqueue( string $page ): void {
	if ( 'settings_page_' . SettingsPage\PAGE !== $page ) {
		return;
	}
	wp_enqueue_script( 'alsoread-sending', plugins_url( 'assets/sending.js', \Alsoread\PLUGIN_FILE ), array( 'wp-i18n' ), \Alsoread\VERSION, true );
	wp_set_script_translations( 'alsoread-sending', 'alsoread' );
}

function show(): void {
	echo '<h2>' . esc_html__( 'Send all posts', 'alsoread' ) . '</h2>';
	if ( ! Settings\may_write() ) {
		echo '<p>' . esc_html__( 'First set the address of the service, and a key.', 'alsoread' ) . '</p>';
		return;
	}
	echo '<p>' . esc_html__( 'Once after installing, and after a change of what is sent. It can be repeated, and goes on by itself when you leave this page.', 'alsoread' ) . '</p>';
	printf(
		'<p id="alsoread-sending" data-nonce="%1$s" data-waiting="%2$d"><button type="button" class="button">%3$s</button> <progress hidden></progress> <span role="status">%4$s</span></p>',
		esc_attr( wp_create_nonce( NONCE ) ),
		absint( Queue\waiting() ),
		esc_html__( 'Send all posts', 'alsoread' ),
		esc_html( said() )
	);
}

/** How the sending is, in a sentence. */
function said(): string {
	$state   = Sender\state();
	$waiting = Queue\waiting();
	if ( $waiting && $state['failing_since'] ) {
		/* translators: 1: number of posts, 2: an error message */
		return sprintf( __( '%1$d posts wait; the last try failed: %2$s', 'alsoread' ), $waiting, $state['error'] );
	}
	if ( $waiting ) {
		/* translators: %d: number of posts */
		return sprintf( _n( '%d post waits to be sent.', '%d posts wait to be sent.', $waiting, 'alsoread' ), $waiting );
	}
	/* translators: %s: a date and time */
	return $state['last_sent'] ? sprintf( __( 'All is sent; last on %s.', 'alsoread' ), wp_date( 'Y-m-d H:i', $state['last_sent'] ) ) : '';
}

function begin(): void {
	check();
	$total = Queue\add_all();
	Sender\resume();
	Sender\schedule( time() + Sender\FIRST_PAUSE );
	answer( $total );
}

function go_on(): void {
	check();
	Sender\run( SLICE );
	answer();
}

function check(): void {
	check_ajax_referer( NONCE );
	if ( ! current_user_can( 'manage_options' ) ) {
		wp_send_json_error( array( 'said' => __( 'This is for administrators.', 'alsoread' ) ), 403 );
	}
}

/** How many wait, what to say, and after how many seconds to go on. */
function answer( int $total = 0 ): void {
	wp_send_json_success(
		array(
			'waiting' => Queue\waiting(),
			'total'   => $total,
			'refused' => count( Queue\refused() ),
			'said'    => said(),
			'pause'   => max( 0, Sender\state()['next_try'] - time() ),
		)
	);
}
