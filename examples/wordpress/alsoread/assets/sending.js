/* The bar of “Send all posts”: asks the server to go on until nothing waits. */
( function () {
	const place = document.getElementById( 'alsoread-sending' );
	if ( ! place ) {
		return;
	}
	const button = place.querySelector( 'button' );
	const bar = place.querySelector( 'progress' );
	const status = place.querySelector( '[role=status]' );
	const __ = window.wp.i18n.__;

	async function ask( action ) {
		const body = new URLSearchParams( { action, _ajax_nonce: place.dataset.nonce } );
		const answer = await fetch( window.ajaxurl, { method: 'POST', body, credentials: 'same-origin' } );
		const read = await answer.json();
		if ( ! read.success ) {
			throw new Error( ( read.data && read.data.said ) || answer.status );
		}
		return read.data;
	}

	function rest( seconds ) {
		return new Promise( ( resolve ) => setTimeout( resolve, 1000 * seconds ) );
	}

	button.addEventListener( 'click', async () => {
		button.disabled = true;
		bar.hidden = false;
		bar.removeAttribute( 'value' );
		try {
			let state = await ask( 'alsoread_begin' );
			bar.max = Math.max( 1, state.total );
			while ( state.waiting ) {
				bar.value = Math.max( 0, bar.max - state.waiting );
				status.textContent = state.said;
				await rest( Math.min( 60, Math.max( 0.2, state.pause ) ) );
				state = await ask( 'alsoread_go_on' );
			}
			bar.value = bar.max;
			status.textContent = state.said;
			if ( state.refused ) {
				status.textContent += ' ' + __( 'Some were refused: reload the page to see which.', 'alsoread' );
			}
		} catch ( error ) {
			status.textContent = __( 'It stopped here, and goes on in the background:', 'alsoread' ) + ' ' + error.message;
		}
		button.disabled = false;
	} );
} )();
