<?php
/* What WordPress does for pages: escaping, scripts and styles, blocks and shortcodes, the forms of settings. */

function esc_html( $text ) {
	return htmlspecialchars( (string) $text, ENT_QUOTES, 'UTF-8', false );
}
function esc_attr( $text ) {
	return esc_html( $text );
}
function esc_url_raw( $address, $protocols = array( 'http', 'https' ) ) {
	$address = preg_replace( '/[^a-z0-9\-~+_.?#=!&;,\/:%@$|*\'()\[\]\x80-\xff]/i', '', (string) $address );
	return preg_match( '~^(' . implode( '|', $protocols ) . ')://~i', $address ) ? $address : '';
}
function esc_url( $address ) {
	return str_replace( array( '&', "'" ), array( '&#038;', '&#039;' ), esc_url_raw( html_entity_decode( $address ) ) );
}
function __( $text ) {
	return $text;
}
function _n( $one, $many, $number ) {
	return 1 === $number ? $one : $many;
}
function esc_html__( $text ) {
	return esc_html( $text );
}
function esc_attr__( $text ) {
	return esc_html( $text );
}
function checked( $is, $true, $echo ) {
	return $is === $true ? " checked='checked'" : '';
}
function absint( $number ) {
	return abs( (int) $number );
}
function wp_strip_all_tags( $text ) {
	return trim( strip_tags( (string) $text ) );
}
function wp_json_encode( $value, $flags ) {
	return json_encode( $value, $flags );
}
function wp_parse_url( $address, $part ) {
	return parse_url( $address, $part );
}
function wp_date( $format, $at ) {
	return gmdate( $format, $at );
}
function human_time_diff( $since ) {
	return (int) ( ( Page::$now - $since ) / 60 ) . ' mins';
}
function wp_list_pluck( $list, $field, $key = null ) {
	return array_column( array_map( 'get_object_vars_or_array', $list ), $field, $key );
}
function get_object_vars_or_array( $item ) {
	return is_object( $item ) ? get_object_vars( $item ) : $item;
}
function add_query_arg( array $query, $address ) {
	$parts = array();
	foreach ( $query as $name => $value ) {
		$parts[] = "$name=$value"; // As WordPress, it encodes nothing.
	}
	return $address . '?' . implode( '&', $parts );
}

/** Tags and attributes that are not allowed are left out, as are addresses of other protocols; text stays. */
function wp_kses( $html, array $allowed, array $protocols ) {
	return preg_replace_callback(
		'~<[^>]*>?~s',
		static function ( $tag ) use ( $allowed, $protocols ) {
			if ( ! preg_match( '~^<(/?)([a-z0-9-]+)([^>]*?)>$~is', $tag[0], $parts ) ) {
				return '&lt;' . substr( $tag[0], 1 );
			}
			$name = strtolower( $parts[2] );
			if ( ! isset( $allowed[ $name ] ) ) {
				return '';
			}
			preg_match_all( '~([\w:-]+)\s*=\s*("[^"]*"|\'[^\']*\'|[^\s"\'>]+)~', $parts[3], $found, PREG_SET_ORDER );
			$kept = '';
			foreach ( '/' === $parts[1] ? array() : $found as $pair ) {
				$value = trim( $pair[2], '"\'' );
				if ( in_array( strtolower( $pair[1] ), array( 'href', 'src' ), true ) && preg_match( '~^\s*([a-z]+):~i', html_entity_decode( $value ), $scheme ) && ! in_array( strtolower( $scheme[1] ), $protocols, true ) ) {
					$value = '';
				}
				$kept .= isset( $allowed[ $name ][ strtolower( $pair[1] ) ] ) ? ' ' . strtolower( $pair[1] ) . "=\"$value\"" : '';
			}
			return '<' . $parts[1] . $name . $kept . '>';
		},
		$html
	);
}

class Head {
	public static $scripts = array();
	public static $styles  = array();
}
function wp_enqueue_script_module( $name, $source, $needs, $version ) {
	Head::$scripts[ $name ] = $source;
}
function wp_enqueue_script( $name, $source ) {
	Head::$scripts[ $name ] = $source;
}
function wp_set_script_translations() {}
function wp_register_style( $name ) {
	Head::$styles[ $name ] = '';
}
function wp_style_is( $name ) {
	return isset( Head::$styles[ $name ] );
}
function wp_add_inline_style( $name, $style ) {
	Head::$styles[ $name ] .= $style;
}
function wp_enqueue_style() {}

function register_block_type( $folder, $given ) {
	$block                           = json_decode( file_get_contents( "$folder/block.json" ) );
	Hooks::$blocks[ $block->name ]   = $given['render_callback'];
}
function get_block_wrapper_attributes() {
	return 'class="wp-block"';
}
function add_shortcode( $name, $call ) {
	$GLOBALS['shortcode_tags'][ $name ] = $call;
}
function shortcode_atts( $defaults, $given ) {
	return array_intersect_key( $given, $defaults ) + $defaults;
}
function has_block( $name, $post ) {
	return false !== strpos( $post->post_content, "<!-- wp:$name " );
}
function has_shortcode( $content, $name ) {
	return (bool) preg_match( "/\\[$name\\b/", $content );
}
function post_password_required( $post ) {
	return '' !== $post->post_password;
}

class Forms {
	public static $fields = array();
	public static $errors = array();
}
function add_options_page( $title, $menu, $can, $page, $call ) {}
function register_setting( $group, $name, $given ) {
	add_filter( "sanitize_option_$name", $given['sanitize_callback'] );
}
function add_settings_section() {}
function add_settings_field( $id, $title, $call ) {
	Forms::$fields[] = $call;
}
function add_settings_error( $setting, $code, $message, $type = 'error' ) {
	Forms::$errors[] = "$type $code: $message";
}
function settings_fields() {}
function do_settings_sections() {
	foreach ( Forms::$fields as $call ) {
		$call();
	}
}
function submit_button() {}
function get_admin_page_title() {
	return 'Alsoread';
}
function wp_create_nonce( $what ) {
	return 'nonce-of-' . $what;
}
class Ended extends Exception {}
function check_ajax_referer( $what ) {
	if ( 'nonce-of-' . $what !== ( $_REQUEST['_ajax_nonce'] ?? '' ) ) {
		throw new Ended( '-1' );
	}
}
function wp_send_json_success( $value ) {
	throw new Ended( json_encode( $value ) );
}
function wp_send_json_error( $value, $status ) {
	throw new Ended( "$status " . json_encode( $value ) );
}
