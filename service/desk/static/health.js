/* Lists are counted after the page is there: that takes a second or more. */
'use strict';

(async () => {
  const here = document.getElementById('coverage');
  if (!here?.dataset.count) return;
  const answer = await fetch(here.dataset.count, {credentials: 'same-origin'});
  const there = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('coverage');
  if (there) here.replaceWith(document.adoptNode(there));
  else here.querySelector('.counting').textContent = 'They cannot be counted now. Load the page again.';
})();
