<?php
/* What editors do to posts. */

use Alsoread\Queue;

const STORY = array(
	'post_title'   => 'The flood wall holds',
	'post_content' => "<!-- wp:paragraph -->\n<p>The river rose&nbsp;overnight.</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:paragraph -->\n<p>The wall <em>held</em> &amp; stayed dry.</p>\n<!-- /wp:paragraph -->",
	'post_excerpt' => '<p>A river,</p><p>a wall.</p>',
	'post_status'  => 'publish',
	'post_name'    => 'flood-wall',
);

Terms::$known = array(
	7 => new WP_Term( 7, 'World', 'world' ),
	8 => new WP_Term( 8, 'Europe', 'europe', 7 ),
	9 => new WP_Term( 9, 'Sport &amp; Games', 'sport' ),
	1 => new WP_Term( 1, 'Uncategorized', 'uncategorized' ),
	5 => new WP_Term( 5, 'Новости', '%d0%bd%d0%be%d0%b2%d0%be%d1%81%d1%82%d0%b8' ),
);

function categories( ...$ids ) {
	return array_map( 'get_term', $ids );
}

/** As the block editor does: first the post, then its terms and its image, all in one page. */
function publish( array $fields = array(), array $categories = array() ) {
	$id = save( $fields + STORY );
	if ( $categories ) {
		set_terms( $id, categories( ...$categories ) );
	}
	end_page();
	return $id;
}

function scenario_publish() {
	$id = save( array( 'post_status' => 'draft' ) + STORY );
	end_page();
	save( array( 'ID' => $id, 'post_status' => 'publish' ) );
	set_terms( $id, categories( 9, 8, 7 ) );
	set_terms( $id, array( new WP_Term( 3, 'Rivers &amp; Seas', 'rivers' ), new WP_Term( 4, 'Walls', 'walls' ) ), 'post_tag' );
	update_post_meta( $id, '_thumbnail_id', '12' );
	end_page();
	end_page();
}

function scenario_update() {
	$id = publish();
	save( array( 'ID' => $id, 'post_title' => 'The flood wall broke', 'post_modified_gmt' => '2026-03-14 11:00:00' ) );
	end_page();
}

function scenario_primary_category() {
	$id = publish( array(), array( 8, 9 ) );
	update_post_meta( $id, '_yoast_wpseo_primary_category', '9' );
	end_page();
	$other = publish( array( 'post_name' => 'other' ), array( 8, 7, 5 ) );
	update_post_meta( $other, 'rank_math_primary_category', '5' );
	end_page();
}

function gone_by( callable $what ) {
	$id = publish();
	$what( $id );
	end_page();
	return array( 'mark' => get_post_meta( $id, Queue\SENT_META ), 'waiting' => Queue\waiting() );
}

function scenario_unpublish() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_status' => 'draft' ) ) );
}
function scenario_make_private() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_status' => 'private' ) ) );
}
function scenario_set_password() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_password' => 'secret' ) ) );
}
function scenario_trash() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_status' => 'trash' ) ) );
}
function scenario_delete() {
	return gone_by( 'delete' );
}
function scenario_retype() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_type' => 'page' ) ) );
}
function scenario_empty_it() {
	return gone_by( fn( $id ) => save( array( 'ID' => $id, 'post_title' => ' ', 'post_content' => '<!-- wp:latest-posts /-->' ) ) );
}

function scenario_never_public() {
	foreach ( array( 'draft', 'pending', 'private', 'future', 'auto-draft' ) as $status ) {
		$id = publish( array( 'post_status' => $status ), array( 8 ) );
		update_post_meta( $id, '_thumbnail_id', '12' );
		end_page();
		delete( $id );
		end_page();
	}
	publish( array( 'post_type' => 'revision' ) );
	publish( array( 'post_type' => 'page' ) );
}

function scenario_never_with_a_password() {
	publish( array( 'post_password' => 'secret' ) );
}

function scenario_scheduled() {
	$id     = publish( array( 'post_status' => 'future', 'post_date_gmt' => '2026-03-15 06:00:00' ) );
	$before = count( Web::$requests );
	save( array( 'ID' => $id, 'post_status' => 'publish' ) );
	end_page();
	return array( 'before' => $before );
}

function scenario_page_type() {
	update_option( 'alsoread_settings', array( 'reader_address' => Web::$service, 'post_types' => array( 'post', 'page' ) ) );
	publish( array( 'post_type' => 'page', 'post_title' => 'About us', 'post_name' => 'about' ), array( 1 ) );
}

function scenario_odd_titles() {
	$titles = array(
		'“Quotes” & \'apostrophes\' — “déjà vu” 🌊👩‍🚒',
		'Fish &amp; chips: &#8220;&lt;b&gt; is a tag&#8221;',
		"<em>Slanted</em>\n and\tbroken <br>over lines",
		'A < B and C > D',
		"Broken \xC3\x28 bytes",
		'{"json": "\\u0041"}',
		str_repeat( 'ü', 3000 ),
		'0',
		'',
	);
	foreach ( $titles as $title ) {
		publish( array( 'post_title' => $title ) );
	}
}

function scenario_texts() {
	add_shortcode( 'lead', 'strval' );
	$texts = array(
		"Classic first.\r\n\r\nClassic second,\r\nsecond line.",
		'[lead class="x"]Inside a shortcode.[/lead] [sic] [gallery ids="1,2"] [caption id="a"]<img src="x"> Photo: me[/caption] After. [alsoread]',
		'<p>One</p><script>var no = "<p>no</p>";</script><style>.no{}</style><ul><li>First</li><li>Second</li></ul>line<br/>break<figure><img alt="x"><figcaption>Credit</figcaption></figure>',
		"<p>Broken \xC3\x28 bytes</p><p>stay</p>",
		"<!-- wp:latest-posts {\"a\":\"-->\"} /--><p>1 &lt; 2</p>",
	);
	foreach ( $texts as $text ) {
		publish( array( 'post_content' => $text ) );
	}
}

function scenario_long_content() {
	publish( array( 'post_content' => str_repeat( "<p>Über die Mauer.</p>\n", 100000 ) ) );
	publish( array( 'post_content' => str_repeat( '水', 400000 ) ) );
}

function scenario_languages_and_authors() {
	add_filter( 'wpml_post_language_details', fn() => array( 'locale' => 'de_DE_formal' ) );
	eval( 'function get_coauthors() { return array( (object) array( "display_name" => "Peg" ), (object) array( "display_name" => "Tom" ), (object) array( "display_name" => "Peg" ) ); }' );
	publish( array( 'post_date_gmt' => '0000-00-00 00:00:00' ) );
}

function scenario_other_ids() {
	add_filter( 'alsoread_article_id', fn( $id, $post ) => "news/$post?also-read", 10, 2 );
	$id = publish();
	delete( $id );
	end_page();
}
