<?php
/* What readers see. */

const LINK = '<li class="alsoread-item" data-id="%1$s"><a class="alsoread-link" href="https://www.example.com/%1$s"><img class="alsoread-image" src="https://images.example.com/a.jpg" loading="lazy" alt="" width="96" height="64"><span class="alsoread-title" dir="auto">Title %1$s</span></a>
	<span class="alsoread-meta"><span class="alsoread-section" dir="auto">News</span> <time class="alsoread-date" datetime="2026-03-12T06:35:00Z" lang="en">12 March 2026</time></span></li>';

function section_of( $slot, ...$ids ) {
	$items = '';
	foreach ( $ids as $id ) {
		$items .= sprintf( LINK, $id );
	}
	return '<section class="alsoread" data-slot="' . $slot . '" data-list="96f0.sss" data-article="wp-1-1" aria-labelledby="alsoread-' . $slot . '" lang="en" dir="ltr">
  <h2 class="alsoread-heading" id="alsoread-' . $slot . '">Heading</h2>
  <ol class="alsoread-list" lang="de">' . $items . '</ol>
</section>' . "\n";
}

function service_says( $fragment, $status = 200 ) {
	Web::$answer = fn( $address ) => strpos( $address, '/widget.css' ) ? answer( 200, 'also-read{display:block}' ) : answer( $status, $fragment );
}

/** The site as it is set up, with a post, and its page; what it holds after its content. */
function site( array $settings = array() ) {
	update_option( 'alsoread_settings', $settings + array( 'reader_address' => Web::$service, 'automatic' => true ) );
	$id             = save( STORY );
	Page::$singular = $id;
	Page::$post     = $id;
	return $id;
}
function page_shown() {
	Head::$scripts = array();
	Head::$styles  = array();
	do_action( 'wp_enqueue_scripts' );
	return apply_filters( 'the_content', '<p>Story.</p>' );
}
function asked() {
	return count( array_filter( Web::$requests, fn( $request ) => strpos( $request['url'], '/embed' ) ) );
}

function scenario_page_with_boxes() {
	site( array( 'slots' => array( 'also-read' => 4, 'more-in-section' => 6, 'background' => 2 ) ) );
	service_says( section_of( 'also-read', 'a', 'b' ) . section_of( 'background', 'c' ) );
	return array( 'page' => page_shown(), 'head' => array( Head::$scripts, Head::$styles ), 'tag' => apply_filters( 'script_loader_tag', '<script src="x"></script>', 'alsoread', Web::$service . '/widget.js' ) );
}

/** The service's own boxes, for a post that was published a moment ago. */
function scenario_page_for_real() {
	site( array( 'slots' => array( 'also-read' => 3 ) ) );
	save( array( 'ID' => Page::$post, 'post_content' => '<p>River, flood, wall, quay, rain and tide: sandbags, engineers, pumps.</p>' ) );
	end_page();
	$page = page_shown();
	return array( 'page' => $page, 'style' => Head::$styles['alsoread'] );
}

function scenario_page_without_a_script() {
	site( array( 'reader_address' => '', 'server_address' => 'http://127.0.0.1:8000' ) );
	service_says( section_of( 'also-read', 'a' ) );
	return array( 'page' => page_shown(), 'head' => Head::$scripts );
}

function scenario_page_with_nothing_to_say() {
	site();
	service_says( '' );
	$nothing = page_shown();
	pass( 59 );
	page_shown();
	service_says( '{"type":"urn:alsoread:problem:unknown-article"}', 404 );
	pass( 2 );
	$unknown = page_shown();
	$asked   = asked();
	service_says( section_of( 'also-read', 'a' ) );
	pass( 61 );
	return array( 'nothing' => $nothing, 'unknown' => $unknown, 'asked' => $asked, 'then' => page_shown() );
}

function scenario_page_kept() {
	site();
	service_says( section_of( 'also-read', 'a' ) );
	$first = page_shown();
	pass( 299 );
	$second = page_shown();
	$asked  = asked();
	service_says( section_of( 'also-read', 'b' ) );
	pass( 2 );
	return array( 'same' => $first === $second, 'asked' => $asked, 'then' => page_shown() );
}

function scenario_page_while_away() {
	site();
	service_says( section_of( 'also-read', 'a' ) );
	page_shown();
	Web::$answer = 'away';
	pass( 301 );
	Web::$requests = array();
	$noted         = array( 'stale' => page_shown() );
	foreach ( range( 1, 50 ) as $view ) {
		page_shown();
	}
	Page::$post     = Page::$singular = save( array( 'post_name' => 'never-shown' ) + STORY );
	$noted['other'] = page_shown();
	$noted['calls'] = count( Web::$requests );
	pass( 61 );
	foreach ( range( 1, 50 ) as $view ) {
		page_shown();
	}
	$noted['after_a_minute'] = count( Web::$requests );
	pass( 61 );
	Web::$answer = function () { // While this one waits for its second, others come.
		page_shown();
		page_shown();
		return away();
	};
	page_shown();
	$noted['after_two'] = count( Web::$requests );
	service_says( section_of( 'also-read', 'b' ) );
	pass( 61 );
	$noted['back'] = page_shown();
	Web::$answer   = 'away';
	pass( 2 * 86400 );
	$noted['next_day'] = page_shown();
	return $noted;
}

function scenario_page_takes_down() {
	site();
	$one = save( array( 'post_name' => 'one' ) + STORY );
	$two = save( array( 'post_name' => 'two' ) + STORY );
	service_says( section_of( 'also-read', "wp-1-$one", "wp-1-$two", 'wp-2-99' ) );
	$noted       = array( 'before' => page_shown() );
	Web::$answer = 'away';
	save( array( 'ID' => $one, 'post_status' => 'draft' ) );
	$noted['one'] = page_shown();
	service_says( section_of( 'also-read', "wp-1-$two" ) );
	pass( 600 );
	page_shown();
	delete( $two );
	return $noted + array( 'all' => page_shown() );
}

function scenario_page_hostile() {
	site( array( 'slots' => array( 'also-read' => 4, 'more-in-section' => 4 ) ) );
	$item = '<script>alert(1)</script><style>*{display:none}</style><img src=x onerror="alert(2)" class="alsoread-image"><a href="javascript:alert(3)" onclick="alert(4)" class="alsoread-link">ok</a>'
		. '<iframe src="https://evil.example">inside</iframe><form action="https://evil.example"><input name="q"></form><svg onload="alert(5)"></svg><a href="data:text/html,x" style="position:fixed">data</a><scr<script>ipt>alert(6)</script>';
	service_says( '<script>alert(0)</script><link rel="stylesheet" href="https://evil.example/x.css">' . str_replace( '</li>', "$item</li>", section_of( 'also-read', 'a' ) ) . '</p></div><p onclick="x">outside</p>' );
	$first = page_shown();
	service_says( '<html><body>Welcome to this Wi-Fi. <a href="https://evil.example">Log in</a></body></html>' );
	pass( 400 );
	return array( 'page' => $first, 'portal' => page_shown() );
}

function scenario_page_style_with_markup() {
	site();
	Web::$answer = fn( $address ) => answer( 200, strpos( $address, '/widget.css' ) ? 'a{}</style><script>alert(1)</script>' : '' );
	page_shown();
	return Head::$styles;
}

function scenario_page_places() {
	$id = site();
	service_says( section_of( 'also-read', 'a' ) . section_of( 'more-in-section', 'b' ) );
	$noted       = array( 'automatic' => page_shown() );
	Page::$loop  = false;
	$noted['side'] = page_shown();
	Page::$loop  = true;
	Page::$feed  = true;
	$noted['feed'] = page_shown() . do_shortcode_here( array() );
	Page::$feed  = false;
	Page::$singular = 0;
	$noted['list']  = page_shown();
	Page::$singular = $id;
	save( array( 'ID' => $id, 'post_content' => '<!-- wp:alsoread/suggestions {"alsoRead":2} /-->' ) );
	$noted['has_block']       = page_shown();
	$noted['block']           = ( Hooks::$blocks['alsoread/suggestions'] )( array( 'alsoRead' => 2, 'moreInSection' => 0 ), '', (object) array( 'context' => array( 'postId' => $id ) ) );
	$noted['block_of_none']   = ( Hooks::$blocks['alsoread/suggestions'] )( array( 'alsoRead' => 0 ), '', null );
	$noted['shortcode']       = do_shortcode_here( array( 'slots' => 'more-in-section:3, rubbish:4' ) );
	$noted['plain_shortcode'] = do_shortcode_here( '' );
	save( array( 'ID' => $id, 'post_password' => 'secret' ) );
	$noted['password'] = do_shortcode_here( array() );
	return $noted;
}
function do_shortcode_here( $attributes ) {
	return $GLOBALS['shortcode_tags']['alsoread']( $attributes );
}
