<?php
/**
 * Plugin Name:       Alsoread
 * Description:       Related articles from your own Alsoread service: “Also read” and “More in section”, rendered by your server.
 * Version:           1.0.0
 * Requires at least: 6.0
 * Requires PHP:      7.4
 * Author:            The Alsoread authors
 * License:           MIT
 * License URI:       https://opensource.org/license/mit
 * Text Domain:       alsoread
 *
 * @package Alsoread
 */

namespace Alsoread;

defined( 'ABSPATH' ) || exit;

const VERSION     = '1.0.0';
const PLUGIN_FILE = __FILE__;

foreach ( array( 'settings', 'slots', 'text', 'article-fields', 'article', 'queue', 'client', 'outcome', 'sender', 'posts', 'fragments', 'boxes', 'places' ) as $alsoread_part ) {
	require_once __DIR__ . "/includes/$alsoread_part.php";
}
if ( is_admin() ) {
	require_once __DIR__ . '/includes/settings-page.php';
	require_once __DIR__ . '/includes/sending-tool.php';
	require_once __DIR__ . '/includes/notices.php';
	SettingsPage\register();
	SendingTool\register();
	Notices\register();
}
if ( defined( 'WP_CLI' ) && WP_CLI ) {
	require_once __DIR__ . '/includes/command.php';
	\WP_CLI::add_command( 'alsoread', Command::class );
}

Queue\register();
Sender\register();
Posts\register();
Places\register();

register_deactivation_hook( __FILE__, 'Alsoread\Sender\unschedule' );
