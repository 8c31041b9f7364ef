<?php
/* Runs one scenario over the plugin's real code: `php run.php SCENARIO`. Prints as JSON what was asked of the service
   (`requests`) and what the scenario noted (`said`). ALSOREAD_TEST_SERVICE is a real service, ALSOREAD_TEST_KEY its key. */

error_reporting( E_ALL );
set_error_handler(
	static function ( $level, $message, $file, $line ) {
		if ( error_reporting() & $level ) {
			throw new ErrorException( $message, 0, $level, $file, $line );
		}
	}
);

foreach ( array( 'database', 'clock', 'wordpress', 'posts', 'pages' ) as $part ) {
	require __DIR__ . "/$part.php";
}
$scenario = $argv[1];
Page::$admin  = 0 === strpos( $scenario, 'admin_' );
Web::$service = getenv( 'ALSOREAD_TEST_SERVICE' ) ?: 'https://alsoread.example.com';
update_option( 'alsoread_key', array( 'key' => getenv( 'ALSOREAD_TEST_KEY' ) ?: 'alsoread_0123456789ab_' . str_repeat( 'f', 64 ) ) );
update_option( 'alsoread_settings', array( 'reader_address' => Web::$service ) );

require dirname( __DIR__, 2 ) . '/examples/wordpress/alsoread/alsoread.php';
do_action( 'init' );
foreach ( glob( __DIR__ . '/scenarios_*.php' ) as $file ) {
	require $file;
}

$said = ( "scenario_$scenario" )();
echo json_encode( array( 'requests' => Web::$requests, 'said' => $said ), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR );
