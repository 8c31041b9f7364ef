/* The draft is tried as you pause typing; the button does the same without this script. */
'use strict';

const form = document.querySelector('[data-draft]');
const result = document.querySelector('#result');
const state = document.querySelector('#draft-state');
const PAUSE = 450;
let waiting = 0;
let asked = null;
let last = null;

const words = () => {
  const given = new FormData(form);
  given.set('part', 'result');
  return given;
};
const written = given => JSON.stringify([...given].filter(([name]) => name !== 'token' && name !== 'part'));

async function ask() {
  const given = words();
  const now = written(given);
  if (now === last) return;
  asked?.abort();
  asked = new AbortController();
  const mine = asked;
  state.textContent = 'Looking…';
  result.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(given), signal: mine.signal, redirect: 'error' });
    if (answer.status === 401 || answer.status === 403) {
      state.textContent = 'You are signed out. Copy what you typed, and load this page again.';
      return;
    }
    const html = await answer.text();
    if (mine !== asked) return;
    const page = new DOMParser().parseFromString(html, 'text/html');
    const fresh = page.querySelector('#result') ?? page.querySelector('main') ?? page.body;
    result.replaceChildren(...fresh.childNodes);
    last = answer.ok ? now : null;
    state.textContent = result.querySelector('[data-said]')?.dataset.said ?? '';
  } catch (error) {
    if (error.name !== 'AbortError') state.textContent = 'The desk cannot be reached. What you typed is still here; press “Show its lists” to try again.';
  } finally {
    if (mine === asked) result.removeAttribute('aria-busy');
  }
}

if (form) {
  last = result.hasChildNodes() && result.querySelector('[data-said]') ? written(words()) : null;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  form.addEventListener('submit', event => {
    event.preventDefault();
    clearTimeout(waiting);
    last = null;
    ask();
  });
  form.addEventListener('keydown', event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
}
