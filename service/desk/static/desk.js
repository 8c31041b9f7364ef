/* The light touch of script that every page of the desk has; all of them work without it. */
'use strict';

/* "/" puts the cursor into the page's search field. */
document.addEventListener('keydown', event => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, textarea, select, [contenteditable]')) return;
  const field = document.querySelector('[data-find]');
  if (field) { event.preventDefault(); field.focus(); field.select(); }
});
