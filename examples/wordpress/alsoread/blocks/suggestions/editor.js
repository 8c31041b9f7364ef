/* The block in the editor: two numbers, and a placeholder, for what readers get depends on the published article. */
( function ( blocks, blockEditor, components, element, i18n ) {
	const el = element.createElement;
	const __ = i18n.__;

	function count( label, value, change ) {
		return el( components.RangeControl, { label, value, min: 0, max: 20, onChange: ( chosen ) => change( chosen || 0 ) } );
	}

	function summary( attributes ) {
		const parts = [];
		if ( attributes.alsoRead ) {
			/* translators: %d: number of articles */
			parts.push( i18n.sprintf( __( 'Also read: %d', 'alsoread' ), attributes.alsoRead ) );
		}
		if ( attributes.moreInSection ) {
			/* translators: %d: number of articles */
			parts.push( i18n.sprintf( __( 'More in section: %d', 'alsoread' ), attributes.moreInSection ) );
		}
		return parts.join( ' · ' ) || __( 'Nothing is chosen: set a number in the sidebar.', 'alsoread' );
	}

	blocks.registerBlockType( 'alsoread/suggestions', {
		edit( { attributes, setAttributes } ) {
			return el(
				'div',
				blockEditor.useBlockProps(),
				el(
					blockEditor.InspectorControls,
					null,
					el(
						components.PanelBody,
						{ title: __( 'How many articles', 'alsoread' ) },
						count( __( 'Also read', 'alsoread' ), attributes.alsoRead, ( alsoRead ) => setAttributes( { alsoRead } ) ),
						count( __( 'More in section', 'alsoread' ), attributes.moreInSection, ( moreInSection ) =>
							setAttributes( { moreInSection } )
						)
					)
				),
				el(
					components.Placeholder,
					{
						icon: 'list-view',
						label: __( 'Related articles (Alsoread)', 'alsoread' ),
						instructions: __( 'Readers see them once the article is published.', 'alsoread' ),
					},
					summary( attributes )
				)
			);
		},
		save: () => null,
	} );
} )( window.wp.blocks, window.wp.blockEditor, window.wp.components, window.wp.element, window.wp.i18n );
