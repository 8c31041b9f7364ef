<?php
/**
 * Tells administrators when the service has been away for long, when it will not have the key, and what it refused.
 *
 * @package Alsoread
 */

namespace Alsoread\Notices;

use Alsoread\Queue;
use Alsoread\Sender;
use Alsoread\Settings;
use Alsoread\SettingsPage;

/** After how long a service that does not answer is worth a word. */
const PATIENCE = 1800;

function register(): void {
	add_action( 'admin_notices', __NAMESPACE__ . '\show' );
}

function show(): void {
	if ( ! current_user_can( 'manage_options' ) || ! Settings\may_write() ) {
		return;
	}
	$state = Sender\state();
	if ( $state['failing_since'] && ( $state['key_refused'] || $state['failing_since'] < time() - PATIENCE ) ) {
		failing( $state );
	}
	$refused = Queue\refused( 5 );
	if ( $refused ) {
		refused( $refused );
	}
}

function failing( array $state ): void {
	$waiting = Queue\waiting();
	$text    = $state['key_refused']
		/* translators: %d: number of posts */
		? sprintf( _n( 'Alsoread refuses the key; %d post waits to be sent.', 'Alsoread refuses the key; %d posts wait to be sent.', $waiting, 'alsoread' ), $waiting )
		: sprintf(
			/* translators: 1: a span of time such as "2 hours", 2: number of posts */
			__( 'Alsoread has not been reached for %1$s; %2$d posts wait, and will be sent when it is back.', 'alsoread' ),
			human_time_diff( $state['failing_since'] ),
			$waiting
		);
	printf(
		'<div class="notice notice-error"><p>%1$s <code>%2$s</code> <a href="%3$s">%4$s</a></p></div>',
		esc_html( $text ),
		esc_html( $state['error'] ),
		esc_url( SettingsPage\address() ),
		esc_html__( 'Settings', 'alsoread' )
	);
}

function refused( array $rows ): void {
	echo '<div class="notice notice-warning"><p>' . esc_html__( 'Alsoread refused these posts as they are. They are tried again when they change, and once a day.', 'alsoread' ) . '</p><ul>';
	foreach ( $rows as $row ) {
		$title = get_the_title( (int) $row->post_id );
		printf(
			'<li><a href="%1$s">%2$s</a>: %3$s</li>',
			esc_url( (string) get_edit_post_link( (int) $row->post_id ) ),
			esc_html( '' === $title ? '#' . (int) $row->post_id : wp_strip_all_tags( $title ) ),
			esc_html( $row->refused )
		);
	}
	echo '</ul></div>';
}
