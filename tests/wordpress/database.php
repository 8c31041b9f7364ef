<?php
/* WordPress' database on SQLite in memory: the plugin's own statements run for real, in the other's dialect. */

class FakeWpdb {
	public $prefix   = 'wp_';
	public $posts    = 'wp_posts';
	public $postmeta = 'wp_postmeta';
	public $options  = 'wp_options';
	private $database;

	public function __construct() {
		$this->database = new SQLite3( ':memory:' );
		$this->database->enableExceptions( true );
		$this->database->exec( 'CREATE TABLE wp_posts (ID INTEGER PRIMARY KEY, post_status, post_password, post_type, fields)' );
		$this->database->exec( 'CREATE TABLE wp_postmeta (meta_id INTEGER PRIMARY KEY, post_id INTEGER, meta_key, meta_value)' );
		$this->database->exec( 'CREATE TABLE wp_options (option_name PRIMARY KEY, option_value)' );
	}

	public function get_charset_collate() {
		return 'DEFAULT CHARACTER SET utf8mb4';
	}

	public function esc_like( $text ) {
		return addcslashes( $text, '_%\\' );
	}

	public function prepare( $query, ...$values ) {
		$values = isset( $values[0] ) && is_array( $values[0] ) ? $values[0] : $values;
		return preg_replace_callback(
			'/%[ds]/',
			static function ( $place ) use ( &$values ) {
				if ( ! $values ) {
					throw new Exception( 'fewer values than places' );
				}
				$value = array_shift( $values );
				return '%d' === $place[0] ? (string) (int) $value : "'" . SQLite3::escapeString( (string) $value ) . "'";
			},
			$query
		);
	}

	public function query( $query ) {
		$this->database->exec( $this->translated( $query ) );
		return $this->database->changes();
	}

	public function get_results( $query ) {
		$rows   = array();
		$result = $this->database->query( $this->translated( $query ) );
		while ( $row = $result->fetchArray( SQLITE3_ASSOC ) ) {
			$rows[] = (object) array_map(
				static function ( $value ) { // MySQL's rows come as strings.
					return null === $value ? null : (string) $value;
				},
				$row
			);
		}
		return $rows;
	}

	public function get_col( $query ) {
		return array_map(
			static function ( $row ) {
				return current( (array) $row );
			},
			$this->get_results( $query )
		);
	}

	public function get_var( $query ) {
		return $this->get_col( $query )[0] ?? null;
	}

	private function translated( $query ) {
		return strtr(
			preg_replace( "/(LIKE '[^']*')/", "\$1 ESCAPE '\\'", $query ),
			array(
				'ON DUPLICATE KEY UPDATE'       => 'ON CONFLICT (post_id) DO UPDATE SET',
				'INSERT IGNORE'                 => 'INSERT OR IGNORE',
				'bigint(20) unsigned'           => 'INTEGER',
				'DEFAULT CHARACTER SET utf8mb4' => '',
			)
		);
	}
}

$GLOBALS['wpdb'] = new FakeWpdb();
