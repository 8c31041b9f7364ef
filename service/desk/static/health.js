/* What takes a second or more is counted after the page is there: a part with data-count is replaced by that of the page at
   this address. */
'use strict';

(async () => {
  const here = document.querySelector('[data-count]');
  if (!here) return;
  const answer = await fetch(here.dataset.count, {credentials: 'same-origin'});
  const there = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(here.id);
  if (answer.ok && there) here.replaceWith(document.adoptNode(there));
  else here.querySelector('.counting').textContent = 'This cannot be counted now. Load the page again.';
})();
