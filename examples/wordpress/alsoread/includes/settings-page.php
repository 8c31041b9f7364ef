<?php
/**
 * The page Settings → Alsoread.
 *
 * @package Alsoread
 */

namespace Alsoread\SettingsPage;

use Alsoread\SendingTool;
use Alsoread\Settings;
use Alsoread\Slots;

const PAGE  = 'alsoread';
const GROUP = 'alsoread';

function register(): void {
	add_action( 'admin_menu', __NAMESPACE__ . '\add_page' );
	add_action( 'admin_init', __NAMESPACE__ . '\register_options' );
	add_filter( 'plugin_action_links_' . plugin_basename( \Alsoread\PLUGIN_FILE ), __NAMESPACE__ . '\with_link' );
}

function add_page(): void {
	add_options_page( __( 'Alsoread', 'alsoread' ), __( 'Alsoread', 'alsoread' ), 'manage_options', PAGE, __NAMESPACE__ . '\page' );
}

function address(): string {
	return admin_url( 'options-general.php?page=' . PAGE );
}

function with_link( array $links ): array {
	array_unshift( $links, '<a href="' . esc_url( address() ) . '">' . esc_html__( 'Settings', 'alsoread' ) . '</a>' );
	return $links;
}

function register_options(): void {
	register_setting( GROUP, Settings\OPTION, array( 'sanitize_callback' => __NAMESPACE__ . '\clean' ) );
	register_setting( GROUP, Settings\KEY_OPTION, array( 'sanitize_callback' => __NAMESPACE__ . '\clean_key' ) );
	add_settings_section( 'service', __( 'The service', 'alsoread' ), '__return_empty_string', PAGE );
	add_settings_section( 'site', __( 'Your site', 'alsoread' ), '__return_empty_string', PAGE );
	$fields = array(
		'reader_address' => array( 'service', __( 'Address for readers', 'alsoread' ) ),
		'server_address' => array( 'service', __( 'Address for this server', 'alsoread' ) ),
		'key'            => array( 'service', __( 'Key', 'alsoread' ) ),
		'post_types'     => array( 'site', __( 'What is sent', 'alsoread' ) ),
		'slots'          => array( 'site', __( 'What is shown', 'alsoread' ) ),
		'automatic'      => array( 'site', __( 'Where it is shown', 'alsoread' ) ),
	);
	foreach ( $fields as $name => $field ) {
		$label = 'service' === $field[0] ? array( 'label_for' => "alsoread_$name" ) : array();
		add_settings_field( "alsoread_$name", $field[1], __NAMESPACE__ . "\\field_$name", PAGE, $field[0], $label );
	}
}

/** The settings out of a form; an address that is none stays as it was, and the page says so. */
function clean( $given ): array {
	$given = is_array( $given ) ? $given : array();
	$clean = Settings\all();
	foreach ( array( 'reader_address', 'server_address' ) as $name ) {
		$came    = isset( $given[ $name ] ) && is_string( $given[ $name ] ) ? trim( $given[ $name ] ) : '';
		$address = Settings\clean_address( $came );
		if ( '' !== $came && '' === $address ) {
			/* translators: %s: what was entered */
			say( $name, sprintf( __( 'Expected an address such as https://alsoread.example.com, got “%s”; it stays as it was.', 'alsoread' ), $came ) );
			continue;
		}
		$clean[ $name ] = $address;
	}
	$types               = isset( $given['post_types'] ) ? array_map( 'strval', (array) $given['post_types'] ) : array();
	$clean['post_types'] = array_values( array_intersect( $types, array_keys( possible_types() ) ) );
	$slots               = isset( $given['slots'] ) && is_array( $given['slots'] ) ? $given['slots'] : array();
	$clean['slots']      = array();
	foreach ( Slots\NAMES as $slot ) {
		$clean['slots'][ $slot ] = Slots\limit( $slots[ $slot ] ?? 0 );
	}
	$clean['slots']     = array_filter( $clean['slots'] );
	$clean['automatic'] = ! empty( $given['automatic'] );
	$server             = '' !== $clean['server_address'] ? $clean['server_address'] : $clean['reader_address'];
	if ( Settings\key_travels_open( $server ) ) {
		say( 'open', __( 'The key is sent to another machine without encryption. Use https, unless the network between is your own.', 'alsoread' ), 'warning' );
	}
	return $clean;
}

/** The key out of a form: an empty field keeps the one that is set, a tick forgets it. */
function clean_key( $given ): array {
	if ( is_array( $given ) && ! empty( $given['forget'] ) ) {
		return array();
	}
	$key = is_array( $given ) && isset( $given['key'] ) && is_string( $given['key'] ) ? trim( $given['key'] ) : '';
	if ( '' === $key ) {
		$kept = get_option( Settings\KEY_OPTION, array() );
		return is_array( $kept ) ? $kept : array();
	}
	if ( ! preg_match( '/^[!-~]{1,500}$/', $key ) ) {
		say( 'key', __( 'A key has no blanks and only plain letters, digits and signs; this one was not kept.', 'alsoread' ) );
		return (array) get_option( Settings\KEY_OPTION, array() );
	}
	return array( 'key' => $key );
}

function say( string $code, string $message, string $type = 'error' ): void {
	add_settings_error( Settings\OPTION, "alsoread_$code", $message, $type );
}

/** Types of posts with pages of their own, with their names. */
function possible_types(): array {
	$types = get_post_types( array( 'public' => true ), 'objects' );
	unset( $types['attachment'] );
	return wp_list_pluck( $types, 'label', 'name' );
}

function page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form method="post" action="options.php">';
	settings_fields( GROUP );
	do_settings_sections( PAGE );
	submit_button();
	echo '</form>';
	SendingTool\show();
	echo '</div>';
}

function field_reader_address(): void {
	text_field( 'reader_address', __( 'Where browsers load the script from, such as https://alsoread.example.com. Empty: pages carry no script, only what this server renders.', 'alsoread' ) );
}

function field_server_address(): void {
	text_field( 'server_address', __( 'Where this server finds the service, if there is a shorter way, such as http://127.0.0.1:8000. Empty: the address for readers.', 'alsoread' ) );
}

function text_field( string $name, string $help ): void {
	printf(
		'<input type="url" class="regular-text code" id="alsoread_%2$s" name="%1$s[%2$s]" value="%3$s"><p class="description">%4$s</p>',
		esc_attr( Settings\OPTION ),
		esc_attr( $name ),
		esc_attr( Settings\all()[ $name ] ),
		esc_html( $help )
	);
}

function field_key(): void {
	if ( Settings\key_is_constant() ) {
		/* translators: %s: the beginning of a key */
		echo '<p>' . esc_html( sprintf( __( 'Set in wp-config.php (ALSOREAD_KEY): %s', 'alsoread' ), Settings\shown_key( Settings\key() ) ) ) . '</p>';
		return;
	}
	$shown = Settings\shown_key( Settings\key() );
	printf(
		'<input type="password" class="regular-text code" id="alsoread_key" name="%1$s[key]" autocomplete="new-password" value="" placeholder="%2$s">',
		esc_attr( Settings\KEY_OPTION ),
		esc_attr( $shown )
	);
	if ( '' !== $shown ) {
		printf( ' <label><input type="checkbox" name="%1$s[forget]" value="1"> %2$s</label>', esc_attr( Settings\KEY_OPTION ), esc_html__( 'Forget it', 'alsoread' ) );
	}
	echo '<p class="description">' . esc_html__( 'Made on the service with “alsoread keys add --scope write wordpress”. An empty field keeps the key that is set. Safer still: define ALSOREAD_KEY in wp-config.php.', 'alsoread' ) . '</p>';
}

function field_post_types(): void {
	$chosen = Settings\all()['post_types'];
	foreach ( possible_types() as $name => $label ) {
		printf(
			'<label><input type="checkbox" name="%1$s[post_types][]" value="%2$s"%3$s> %4$s</label><br>',
			esc_attr( Settings\OPTION ),
			esc_attr( $name ),
			checked( in_array( $name, $chosen, true ), true, false ),
			esc_html( $label )
		);
	}
	echo '<p class="description">' . esc_html__( 'Only what everybody may read is sent: nothing private, no drafts, nothing behind a password. After a change here, send all posts once.', 'alsoread' ) . '</p>';
}

function field_slots(): void {
	$labels = array(
		'also-read'       => __( 'Also read', 'alsoread' ),
		'more-in-section' => __( 'More in section', 'alsoread' ),
		'background'      => __( 'Background', 'alsoread' ),
	);
	$chosen = Settings\all()['slots'];
	foreach ( $labels as $slot => $label ) {
		printf(
			'<label><input type="number" class="small-text" min="0" max="%1$d" name="%2$s[slots][%3$s]" value="%4$d"> %5$s</label><br>',
			absint( Slots\MOST ),
			esc_attr( Settings\OPTION ),
			esc_attr( $slot ),
			absint( $chosen[ $slot ] ?? 0 ),
			esc_html( $label )
		);
	}
	echo '<p class="description">' . esc_html__( 'How many articles at most; 0: none.', 'alsoread' ) . '</p>';
}

function field_automatic(): void {
	printf(
		'<label><input type="checkbox" name="%1$s[automatic]" value="1"%2$s> %3$s</label>',
		esc_attr( Settings\OPTION ),
		checked( Settings\all()['automatic'], true, false ),
		esc_html__( 'After the content of every post by itself', 'alsoread' )
	);
	echo '<p class="description">' . esc_html__( 'Where a post has the block, or the shortcode [alsoread], the boxes stand there instead.', 'alsoread' ) . '</p>';
}
