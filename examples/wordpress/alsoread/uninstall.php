<?php
/**
 * Removes all that the plugin kept, on every blog of a network. The service keeps its articles.
 *
 * @package Alsoread
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Removes what was kept on the present blog.
 */
function alsoread_uninstall() {
	global $wpdb;
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}alsoread_queue" );
	foreach ( array( 'alsoread_settings', 'alsoread_key', 'alsoread_sender', 'alsoread_table' ) as $option ) {
		delete_option( $option );
	}
	delete_post_meta_by_key( '_alsoread_sent' );
	delete_post_meta_by_key( '_alsoread_known' );
	$kept = $wpdb->esc_like( '_transient_alsoread_' ) . '%';
	$till = $wpdb->esc_like( '_transient_timeout_alsoread_' ) . '%';
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name LIKE %s OR option_name LIKE %s", $kept, $till ) );
	wp_clear_scheduled_hook( 'alsoread_send' );
	wp_clear_scheduled_hook( 'alsoread_look' );
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $alsoread_blog ) {
		switch_to_blog( $alsoread_blog );
		alsoread_uninstall();
		restore_current_blog();
	}
} else {
	alsoread_uninstall();
}
