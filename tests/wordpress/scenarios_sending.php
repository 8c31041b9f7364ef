<?php
/* What the service does, and what becomes of that which waits. */

use Alsoread\Queue;
use Alsoread\Sender;

function away() {
	return new WP_Error( 'http_request_failed', 'cURL error 28: Operation timed out' );
}

function scenario_away_and_back() {
	Web::$answer = 'away';
	$one         = publish();
	$two         = publish( array( 'post_name' => 'two' ) );
	$calls       = count( Web::$requests );
	save( array( 'ID' => $one, 'post_title' => 'Changed while it was away' ) );
	delete( $two );
	end_page();
	$noted = array( 'calls' => $calls, 'waiting' => Queue\waiting(), 'pauses' => array() );
	foreach ( range( 1, 12 ) as $try ) {
		$pause             = Sender\state()['next_try'] - Page::$now;
		$noted['pauses'][] = $pause;
		pass( $pause );
	}
	Web::$answer = null;
	pass( 3600 );
	pass( 60 );
	return $noted + array( 'left' => Queue\waiting(), 'state' => Sender\state(), 'cron' => isset( Cron::$events[ Sender\EVENT ] ) );
}

/** A batch that the archive takes in part, and then wholly. */
function scenario_partly_failed() {
	save( STORY );
	save( array( 'post_name' => 'two' ) + STORY );
	Web::$answer = fn() => answer( 200, '{"line":1,"id":"x","result":"created"}' . "\n" . '{"line":2,"id":"y","result":"failed"}' . "\n" );
	end_page();
	$left        = Queue\waiting();
	Web::$answer = null;
	pass( 60 );
	return array( 'left' => $left, 'then' => Queue\waiting() );
}

function scenario_refused() {
	add_filter( 'alsoread_record', fn( $record, $post ) => 'bad' === $post->post_name ? array( 'published_at' => 'soon' ) + $record : $record, 10, 2 );
	$alone = publish( array( 'post_name' => 'bad' ) );
	$noted = array( 'alone' => Queue\refused() );
	foreach ( array( 'good', 'bad', 'fine' ) as $name ) {
		save( array( 'post_name' => $name ) + STORY );
	}
	end_page();
	$noted['batch']   = Queue\refused();
	$noted['waiting'] = Queue\waiting();
	save( array( 'ID' => $alone, 'post_name' => 'mended' ) );
	end_page();
	$noted['mended'] = count( Queue\refused() );
	$before          = count( Web::$requests );
	pass( 3600 );
	$noted['soon'] = count( Web::$requests ) - $before;
	pass( 90000 );
	$noted['later'] = count( Web::$requests ) - $before;
	return $noted;
}

/** A proxy that takes no large bodies, and the service itself failing at one article. */
function scenario_one_cannot_pass() {
	foreach ( array( 'one', 'large', 'crash', 'two' ) as $name ) {
		save( array( 'post_name' => $name ) + STORY );
	}
	Web::$answer = function ( $address, $given ) {
		if ( false !== strpos( $given['body'], '/large/' ) ) {
			return answer( 413, '<html>Request Entity Too Large</html>' );
		}
		return false !== strpos( $given['body'], '/crash/' ) ? answer( 500, '' ) : Web::pass_on( $address, $given );
	};
	end_page();
	return array( 'refused' => array_column( Queue\refused(), 'refused' ), 'waiting' => Queue\waiting() );
}

function scenario_changed_while_sent() {
	$id          = save( STORY );
	Web::$answer = function ( $address, $given ) use ( $id ) {
		Web::$answer = null;
		$answer      = Web::pass_on( $address, $given );
		save( array( 'ID' => $id, 'post_status' => 'draft' ) );
		Sender\run( 5 ); // Another page ends meanwhile: it must not overtake.
		return $answer;
	};
	end_page();
	return array( 'waiting' => Queue\waiting() );
}

function scenario_killed_sender() {
	Queue\lock( 50 );
	publish();
	$held = count( Web::$requests );
	pass( 40 );
	$still = count( Web::$requests );
	pass( 20 );
	return array( 'held' => $held, 'still' => $still, 'then' => count( Web::$requests ) );
}

function scenario_from_a_backup() {
	$id = publish( array( 'post_modified_gmt' => '2026-03-14 11:00:00' ) );
	save( array( 'ID' => $id, 'post_modified_gmt' => '2026-03-14 10:00:00', 'post_title' => 'From an old backup' ) );
	end_page();
	set_terms( $id, categories( 9 ) );
	end_page();
	return array( 'waiting' => Queue\waiting(), 'refused' => Queue\refused() );
}

/** Removed and back without an edit: alone, and beside another. */
function scenario_back_without_an_edit() {
	$ids = array( publish(), publish( array( 'post_name' => 'two' ) ), publish( array( 'post_name' => 'three' ) ) );
	foreach ( array( array( $ids[0] ), array( $ids[1], $ids[2] ) ) as $group ) {
		foreach ( array( 'private', 'publish' ) as $status ) {
			foreach ( $group as $id ) {
				save( array( 'ID' => $id, 'post_status' => $status ) );
			}
			end_page();
		}
	}
	return array( 'waiting' => Queue\waiting(), 'refused' => Queue\refused() );
}

/** A site that insists on a date of its own. */
function scenario_always_stale() {
	add_filter( 'alsoread_record', fn( $record ) => array( 'updated_at' => '2020-01-01' ) + $record );
	$id = publish();
	save( array( 'ID' => $id, 'post_status' => 'draft' ) );
	end_page();
	save( array( 'ID' => $id, 'post_status' => 'publish' ) );
	end_page();
	return array( 'waiting' => Queue\waiting(), 'refused' => count( Queue\refused() ) );
}

function scenario_without_an_address() {
	update_option( 'alsoread_settings', array() );
	publish();
	return array( 'waiting' => Queue\waiting() );
}

/** A site of many posts, of which one went out of sight while the plugin was not there. */
function scenario_admin_send_all() {
	$id = publish();
	Hooks::$known['transition_post_status'] = array();
	save( array( 'ID' => $id, 'post_status' => 'private' ) );
	foreach ( range( 1, 620 ) as $number ) {
		save( array( 'post_name' => "story-$number", 'post_title' => "Story $number" ) + STORY );
	}
	save( array( 'post_status' => 'draft' ) + STORY );
	save( array( 'post_password' => 'secret' ) + STORY );
	Web::$requests           = array();
	$_REQUEST['_ajax_nonce'] = 'nonce-of-alsoread_send_all';
	$noted                   = array( ajax( 'begin' ) );
	while ( $noted[ count( $noted ) - 1 ]['waiting'] ) {
		$noted[] = ajax( 'go_on' );
	}
	return array( 'steps' => $noted, 'mark' => get_post_meta( $id, Queue\SENT_META ) );
}

function ajax( $step ) {
	try {
		do_action( "wp_ajax_alsoread_$step" );
	} catch ( Ended $end ) {
		return json_decode( $end->getMessage(), true ) ?? $end->getMessage();
	}
}

function scenario_admin_only_administrators() {
	save( STORY );
	$noted                   = array( 'forged' => ajax( 'begin' ) );
	$_REQUEST['_ajax_nonce'] = 'nonce-of-alsoread_send_all';
	Page::$can               = false;
	return $noted + array( 'not_allowed' => ajax( 'begin' ), 'go_on' => ajax( 'go_on' ) );
}
