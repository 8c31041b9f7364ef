<?php
/* WordPress' posts, terms, meta and users, and what happens to them in the order in which WordPress does it. */

class WP_Post {
	public $ID;
	public $post_title        = '';
	public $post_content      = '';
	public $post_excerpt      = '';
	public $post_status       = 'draft';
	public $post_password     = '';
	public $post_type         = 'post';
	public $post_name         = '';
	public $post_author       = 1;
	public $post_date         = '2026-03-14 09:00:00';
	public $post_date_gmt     = '2026-03-14 08:00:00';
	public $post_modified     = '2026-03-14 10:30:00';
	public $post_modified_gmt = '2026-03-14 09:30:00';
}
class WP_Term {
	public $term_id;
	public $name;
	public $slug;
	public $parent;
	public function __construct( $id, $name, $slug, $parent = 0 ) {
		list( $this->term_id, $this->name, $this->slug, $this->parent ) = array( $id, $name, $slug, $parent );
	}
}
class Terms {
	public static $known = array();
	public static $of    = array();
}

/** What an editor saves, a script imports, or the clock publishes: the post is written, then the hooks run. */
function save( array $fields ) {
	global $wpdb;
	$post = isset( $fields['ID'] ) ? get_post( $fields['ID'] ) : null;
	$old  = $post ? $post->post_status : 'new';
	$post = $post ?? new WP_Post();
	foreach ( $fields as $name => $value ) {
		$post->$name = $value;
	}
	$post->ID = $post->ID ?? 1 + (int) $wpdb->get_var( 'SELECT MAX(ID) FROM wp_posts' );
	$wpdb->query(
		$wpdb->prepare(
			'INSERT OR REPLACE INTO wp_posts VALUES (%d, %s, %s, %s, %s)',
			$post->ID,
			$post->post_status,
			$post->post_password,
			$post->post_type,
			base64_encode( serialize( $post ) )
		)
	);
	do_action( 'transition_post_status', $post->post_status, $old, $post );
	return $post->ID;
}
function delete( $id ) {
	global $wpdb;
	$post = get_post( $id );
	do_action( 'before_delete_post', $id, $post );
	$wpdb->query( "DELETE FROM wp_postmeta WHERE post_id = $id" );
	$wpdb->query( "DELETE FROM wp_posts WHERE ID = $id" );
	do_action( 'after_delete_post', $id, $post );
}
function set_terms( $id, array $terms, $taxonomy = 'category' ) {
	Terms::$of[ $id ][ $taxonomy ] = $terms;
	do_action( 'set_object_terms', $id, array(), array(), $taxonomy, false, array() );
}
/** The page that the editor sees is done. */
function end_page() {
	do_action( 'shutdown' );
}

function get_post( $id = null ) {
	global $wpdb;
	if ( $id instanceof WP_Post ) {
		return $id;
	}
	$id   = $id ?? Page::$post;
	$kept = $id ? $wpdb->get_var( 'SELECT fields FROM wp_posts WHERE ID = ' . (int) $id ) : null;
	return $kept ? unserialize( base64_decode( $kept ) ) : null;
}
function get_permalink( $post ) {
	return 'https://www.example.com/' . ( '' === $post->post_name ? "?p=$post->ID" : "$post->post_name/" );
}
function get_the_title( $id ) {
	return get_post( $id )->post_title;
}
function get_edit_post_link( $id ) {
	return admin_url( "post.php?post=$id&amp;action=edit" );
}
function _prime_post_caches() {}
function get_post_types() {
	$types = array();
	foreach ( array( 'post' => 'Posts', 'page' => 'Pages', 'attachment' => 'Media' ) as $name => $label ) {
		$types[ $name ] = (object) compact( 'name', 'label' );
	}
	return $types;
}

function get_post_meta( $id, $key ) {
	global $wpdb;
	return (string) $wpdb->get_var( $wpdb->prepare( 'SELECT meta_value FROM wp_postmeta WHERE post_id = %d AND meta_key = %s', $id, $key ) );
}
function update_post_meta( $id, $key, $value ) {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( 'DELETE FROM wp_postmeta WHERE post_id = %d AND meta_key = %s', $id, $key ) );
	$wpdb->query( $wpdb->prepare( 'INSERT INTO wp_postmeta (post_id, meta_key, meta_value) VALUES (%d, %s, %s)', $id, $key, $value ) );
	do_action( 'updated_post_meta', 1, $id, $key, $value );
}
function delete_post_meta( $id, $key ) {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( 'DELETE FROM wp_postmeta WHERE post_id = %d AND meta_key = %s', $id, $key ) );
}
function delete_post_meta_by_key( $key ) {
	global $wpdb;
	$wpdb->query( $wpdb->prepare( 'DELETE FROM wp_postmeta WHERE meta_key = %s', $key ) );
}

function get_the_terms( $post, $taxonomy ) {
	return Terms::$of[ $post->ID ][ $taxonomy ] ?? false;
}
function get_term( $id ) {
	return Terms::$known[ $id ] ?? null;
}
function get_ancestors( $id ) {
	$found = array();
	while ( isset( Terms::$known[ $id ] ) && Terms::$known[ $id ]->parent ) {
		$id      = Terms::$known[ $id ]->parent;
		$found[] = $id;
	}
	return $found;
}
function get_the_author_meta( $field, $id ) {
	return array( 1 => 'Peg O&#039;Sallow' )[ $id ] ?? '';
}
function get_the_post_thumbnail_url( $post ) {
	return get_post_meta( $post->ID, '_thumbnail_id' ) ? '//images.example.com/large.jpg' : false;
}
function get_gmt_from_date( $local ) {
	return gmdate( 'Y-m-d H:i:s', strtotime( "$local UTC" ) - 3600 );
}
