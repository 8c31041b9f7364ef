<?php
/**
 * `wp alsoread`.
 *
 * @package Alsoread
 */

namespace Alsoread;

/**
 * Sends posts to the Alsoread service.
 */
class Command {

	/**
	 * Sends all public posts, and removes at the service what is public no more.
	 *
	 * ## EXAMPLES
	 *
	 *     wp alsoread sync
	 */
	public function sync(): void {
		if ( ! Settings\may_write() ) {
			\WP_CLI::error( 'First set the address of the service and a key (Settings → Alsoread, or ALSOREAD_KEY in wp-config.php).' );
		}
		$total = Queue\add_all();
		$bar   = \WP_CLI\Utils\make_progress_bar( "Sending $total posts", $total );
		$left  = $total;
		Sender\resume();
		do {
			Sender\run( 5 );
			$before = $left;
			$left   = Queue\waiting();
			$bar->tick( max( 0, $before - $left ) );
			if ( function_exists( 'wp_cache_flush_runtime' ) ) {
				wp_cache_flush_runtime();
			}
			$this->wait_or_give_up( $left, $before );
		} while ( $left );
		$bar->finish();
		$this->report();
	}

	/**
	 * Says what waits to be sent, and what the service refused.
	 *
	 * ## EXAMPLES
	 *
	 *     wp alsoread status
	 */
	public function status(): void {
		$state = Sender\state();
		\WP_CLI::log( 'Service:  ' . Settings\server_address() );
		\WP_CLI::log( 'Key:      ' . Settings\shown_key( Settings\key() ) );
		\WP_CLI::log( 'Waiting:  ' . Queue\waiting() );
		if ( $state['failing_since'] ) {
			\WP_CLI::log( 'Failing since ' . gmdate( 'Y-m-d H:i:s', $state['failing_since'] ) . " UTC: {$state['error']}" );
		}
		$this->report();
	}

	/** A short pause is waited for; after three failures in a row the rest is left to WP-Cron. */
	private function wait_or_give_up( int $left, int $before ): void {
		$state = Sender\state();
		if ( $left && $state['tries'] >= 3 ) {
			\WP_CLI::error( "$left posts wait, and are sent when the service is back: {$state['error']}" );
		}
		if ( $left ) {
			// Another sender, WP-Cron's, may be at work.
			sleep( max( $left < $before ? 0 : 1, min( 60, $state['next_try'] - time() ) ) );
		}
	}

	private function report(): void {
		$refused = Queue\refused( 1000 );
		foreach ( $refused as $row ) {
			\WP_CLI::warning( "post {$row->post_id} was refused: {$row->refused}" );
		}
		if ( ! $refused && ! Queue\waiting() ) {
			\WP_CLI::success( 'All posts are sent.' );
		}
	}
}
