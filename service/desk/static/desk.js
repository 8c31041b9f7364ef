/* The light touch of script that every page of the desk has; all of them work without it.

   data-live="part"   a form that is sent while one types, and whose answer replaces that part of the page (a part is an
                      element with that id); several parts are parted by blanks
   data-swap          a form whose answer replaces the page's main part without a jump
   data-find          the field into which "/" puts the cursor
   data-aloud         words that are said aloud when they come with a change
   data-arrows="part" a field from which the arrow keys lead into the links of a part */
'use strict';

document.documentElement.classList.add('scripted');

/* On a phone the pages' names are wider than the screen: show where one is. */
const here = document.querySelector('.places [aria-current]'), places = here?.closest('.places');
if (here) places.scrollLeft = here.offsetLeft - (places.clientWidth - here.offsetWidth) / 2;

const TYPING_PAUSE = 120;

/* Asks for a page and gives it as a document; where one was signed out meanwhile, the sign-in comes. */
async function ask(address, options) {
  const answer = await fetch(address, {credentials: 'same-origin', ...options});
  if (answer.status === 401) location.reload();
  return [answer, new DOMParser().parseFromString(await answer.text(), 'text/html')];
}

function replacePart(id, from) {
  const here = document.getElementById(id), there = from.getElementById(id);
  if (here && there) here.replaceWith(document.adoptNode(there));
}

/* While one types */
const running = new WeakMap();

async function live(form) {
  running.get(form)?.abort();
  const stop = new AbortController();
  running.set(form, stop);
  const query = new URLSearchParams(new FormData(form));
  const posts = form.method === 'post';
  const address = posts ? form.action : `${form.action.split('?')[0]}?${query}`;
  try {
    const [answer, page] = await ask(address, {signal: stop.signal, ...(posts ? {method: 'post', body: new FormData(form)} : {})});
    for (const part of form.dataset.live.split(' ')) {
      replacePart(part, page);
      aloud(document.getElementById(part));
    }
    if (!posts && answer.ok) history.replaceState(null, '', address);
    document.dispatchEvent(new CustomEvent('desk:changed'));
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

const pauses = new WeakMap();

document.addEventListener('input', event => {
  const form = event.target.form;
  if (!form?.dataset.live) return;
  clearTimeout(pauses.get(form));
  pauses.set(form, setTimeout(live, Number(form.dataset.pause || TYPING_PAUSE), form));
});

/* Changes without a jump */
document.addEventListener('submit', async event => {
  const form = event.target;
  if (form.dataset.live) {
    event.preventDefault();
    live(form);
    return;
  }
  if (!('swap' in form.dataset)) return;
  event.preventDefault();
  const body = new FormData(form, event.submitter);
  event.submitter?.setAttribute('aria-disabled', 'true');
  const [answer, page] = await ask(form.action, {method: 'post', body});
  const place = body.get('do') === 'move' && `[data-order="${CSS.escape(body.get('slot'))}"] [data-item="${CSS.escape(body.get('item'))}"]`;
  const focused = document.activeElement?.id;
  document.getElementById('main').replaceWith(document.adoptNode(page.getElementById('main')));
  document.title = page.title;
  if (answer.redirected) history.replaceState(null, '', answer.url);
  aloud(document.querySelector('main'));
  document.dispatchEvent(new CustomEvent('desk:changed'));
  const next = (place && document.querySelector(`${place} .arrow:not(:disabled)`))
    || (focused && document.getElementById(focused)) || document.querySelector('[data-said] button, [role="alert"]');
  next?.focus({preventScroll: true});
  if (!answer.ok) scrollTo(0, 0);
});

/* Says aloud what changed: a region that was there before is heard, one that comes with its words often is not. */
function aloud(part) {
  const words = part?.querySelector('[data-aloud], [role="alert"]')?.textContent.trim().replace(/\s+/g, ' ');
  if (words) document.getElementById('aloud').textContent = words;
}

/* Keys */
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if (event.key === '/' && !typing) {
    const field = document.querySelector('[data-find]');
    if (field) { event.preventDefault(); field.focus(); field.select(); } else if (location.pathname !== '/desk') location.href = '/desk';
  }
  if (event.key === 'Escape') {
    const open = event.target.closest('details[open]');
    if (open) { open.open = false; open.querySelector('summary').focus(); }
  }
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const part = event.target.closest('ol, ul')?.parentElement?.id;
  const field = typing?.dataset.arrows ? typing : part && document.querySelector(`[data-arrows="${CSS.escape(part)}"]`);
  if (!field) return;
  const links = [...document.querySelectorAll(`#${CSS.escape(field.dataset.arrows)} a`)];
  const to = links.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
  event.preventDefault();
  (to < 0 ? field : links[Math.min(to, links.length - 1)])?.focus();
});

/* Only one of the menus of a page is open. */
document.addEventListener('toggle', event => {
  const menu = event.target;
  if (menu.open && menu.matches('.menu')) {
    for (const other of document.querySelectorAll('.menu[open]')) if (other !== menu) other.open = false;
  }
}, true);
document.addEventListener('click', event => {
  if (!event.target.closest('.menu')) for (const menu of document.querySelectorAll('.menu[open]')) menu.open = false;
});
