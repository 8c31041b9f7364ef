/* Alsoread's boxes on a page: <also-read> and <more-in-section>. Attributes, events and promises: docs/widget.md.

   No dependency, no cookie, no storage, no third party; nothing that a strict Content-Security-Policy forbids. What is sent
   to readers is this file without comments and blanks (service/widget/assets.py), at most 3 KB compressed. So a comment
   stands on lines of its own, and what may hold blanks is a string in single quotes. */

const LIMITS = {'also-read': 4, 'more-in-section': 6};
const RTL = /^(ar|ckb|dv|fa|he|ps|sd|ug|ur|yi)$/;

const style = new CSSStyleSheet();
let styled;

const ask = async path => {
  const url = new URL(path, import.meta.url);
  const answer = await fetch(url, {credentials: 'omit', priority: 'low', signal: AbortSignal.timeout(8000)});
  if (!answer.ok) throw answer.status;
  return answer;
};

let complained;
const complain = error => {
  if (!complained) console.debug('alsoread: no answer,', complained = error);
};

/* Every element that stands on the page, in the order in which they came. */
const boxes = new Set();

/* The work under way for each article, so that what comes later knows what was shown before. */
const working = {};

class Box extends HTMLElement {
  static observedAttributes = ['article', 'url'];

  connectedCallback() {
    boxes.add(this);
    /* While the page is still read, neither what the server put inside nor the other elements may be there yet. */
    if (document.readyState == 'loading') addEventListener('DOMContentLoaded', () => this.begin());
    else this.begin();
  }

  /* What the server rendered came with its style. */
  begin() {
    near.observe(this);
    if (this.querySelector('.alsoread')) return;
    styled = styled || ask('widget.css').then(answer => answer.text()).then(text => style.replaceSync(text)).catch(complain);
    const root = this.getRootNode();
    if (!root.adoptedStyleSheets.includes(style)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, style];
  }

  disconnectedCallback() {
    boxes.delete(this);
    near.unobserve(this);
  }

  /* A site that changes pages without loading them gives the element another article. */
  attributeChangedCallback() {
    if (!this.asked) return;
    this.asked = 0;
    this.replaceChildren();
    this.begin();
  }
}

/* Loads shortly before an element scrolls into view. */
const near = new IntersectionObserver(entries => {
  for (const {isIntersecting, target} of entries) {
    if (!isIntersecting) continue;
    near.unobserve(target);
    const key = article(target).join();
    working[key] = Promise.resolve(working[key]).then(() => load(target, key));
  }
}, {rootMargin: '600px'});

const article = box => {
  const id = box.getAttribute('article');
  const canonical = document.querySelector('link[rel~=canonical]');
  return id ? ['id', id] : ['url', box.getAttribute('url') || (canonical || location).href];
};

const limit = box => Math.max(parseInt(box.getAttribute('limit')), 0) || LIMITS[box.localName];

const language = box => box.getAttribute('ui') || document.documentElement.lang;

/* One request for all elements of an article that have nothing yet; what the others show is left out. */
const load = async (box, key) => {
  const mates = [...boxes].filter(one => article(one).join() == key);
  const served = one => one.querySelectorAll('.alsoread');
  for (const one of mates) {
    if (one.asked || !served(one)[0]) continue;
    one.asked = key;
    served(one).forEach(section => take(one, section));
  }
  const group = mates.filter(one => !one.asked);
  if (!group[0]) return;
  const slots = {};
  for (const one of group) {
    one.asked = key;
    slots[one.localName] = Math.min((slots[one.localName] || 0) + limit(one), 50);
  }
  const query = new URLSearchParams([article(box), ['slots', Object.entries(slots).map(one => one.join(':'))]]);
  const ui = /^[a-z]{2,3}(?![a-z])/i.exec(language(group[0]));
  if (ui) query.append('ui', ui);
  for (const one of mates) one.querySelectorAll('.alsoread-item').forEach(item => query.append('exclude', item.dataset.id));
  try {
    const page = await (await ask('v1/page?' + query)).json();
    await styled;
    for (const one of group) if (one.asked == key) fill(one, page);
  } catch (error) {
    complain(error);
    for (const one of group) if (!served(one)[0]) one.remove();
  }
};

const make = (tag, name, attributes, ...children) => {
  const node = document.createElement(tag);
  node.className = 'alsoread' + name;
  for (const each in attributes) if (attributes[each] != null) node.setAttribute(each, attributes[each]);
  node.append(...children.filter(child => child));
  return node;
};

/* The same markup as service/widget/templates/boxes.html; without anything to show, the element goes. */
const fill = (box, page) => {
  const slot = page.slots[box.localName];
  const from = slot.shown || 0;
  slot.shown = from + limit(box);
  const items = [];
  slot.items.slice(from, slot.shown).forEach((each, at) => {
    const item = card(each);
    if (!item) return;
    if (from + at > items.length) item.value = from + at + 1;
    items.push(item);
  });
  if (!items[0]) return box.remove();
  let id = 'alsoread-' + box.localName;
  while (document.getElementById(id)) id += '-2';
  const {ui, article: {id: about, lang}} = page;
  const heading = make('h2', '-heading', {id}, box.getAttribute('heading') || slot.heading);
  const list = make('ol', '-list', {lang: lang && lang.split('-')[0] != ui ? lang : null}, ...items);
  const section = make('section', '', {
    'data-slot': box.localName, 'data-list': slot.list_id, 'data-article': about,
    'aria-labelledby': id, lang: ui, dir: RTL.test(ui) ? 'rtl' : 'ltr',
  }, heading, list);
  take(box, section);
  box.replaceChildren(section);
};

const web = address => /^https?:\/\//i.test(address) && address;

const card = item => {
  const {id, url, image_url, published_at} = item;
  const words = item.title || item.summary;
  if (!words || !web(url)) return;
  const image = web(image_url) && make('img', '-image', {loading: 'lazy', src: image_url, alt: '', width: 96, height: 64});
  const link = make('a', '-link', {href: url}, image, make('span', '-title', {dir: 'auto'}, words));
  const name = item.section && item.section.split('/')[0].replace(/[-_]/g, ' ').trim();
  const section = name && make('span', '-section', {dir: 'auto'}, name[0].toUpperCase() + name.slice(1));
  const date = published_at && make('time', '-date', {datetime: published_at});
  const meta = (section || date) && make('span', '-meta', {}, section, section && date && ' ', date);
  return make('li', '-item', {'data-id': id}, link, meta);
};

/* What holds for a section, whoever wrote it: dates in the page's language, and events. */
const take = (box, section) => {
  const tag = (language(box) || section.lang).replace(/^en$/, 'en-GB');
  idle(() => section.querySelectorAll('time').forEach(time => { time.textContent = day(time.dateTime, time.lang = tag); }), {timeout: 500});
  if (box.getAttribute('events') == 'off' || !section.dataset.list) return;
  section.querySelectorAll('.alsoread-item').forEach(item => noted.has(item) || seen.observe(item));
  for (const type of ['click', 'auxclick']) section.addEventListener(type, clicked, true);
};

/* A date without a time is kept as midnight UTC, and is that day everywhere. A browser's first use of Intl takes longer than
   all else here: it waits for a moment of rest, and each format is made once. */
const idle = self.requestIdleCallback || setTimeout;
const formats = {};
const day = (moment, tag) => {
  try {
    const timeZone = /T00:00:00Z$/.test(moment) ? 'UTC' : undefined;
    const format = formats[tag + timeZone] = formats[tag + timeZone] || new Intl.DateTimeFormat(tag, {dateStyle: 'long', timeZone});
    return format.format(new Date(moment));
  } catch {
    return moment.slice(0, 10);
  }
};

/* Events. Seen is what stood in view, at least half of it, for a second on a page that is looked at, which one that is
   prerendered or in the background is not. */
const noted = new WeakSet();
const waiting = new Map();
const queue = [];
let later;

const seen = new IntersectionObserver(entries => {
  for (const {intersectionRatio, target} of entries) {
    if (intersectionRatio < .5) {
      clearTimeout(waiting.get(target));
      waiting.delete(target);
    } else wait(target);
  }
}, {threshold: .5});

const wait = item => {
  clearTimeout(waiting.get(item));
  waiting.set(item, setTimeout(note, 1000, item));
};

const note = item => {
  if (document.visibilityState != 'visible' || noted.has(item)) return;
  noted.add(item);
  seen.unobserve(item);
  clearTimeout(waiting.get(item));
  waiting.delete(item);
  push('seen', item);
  later = later || setTimeout(send, 5000);
};

const push = (type, item) => {
  const {list, slot, article} = item.closest('.alsoread').dataset;
  const position = item.value || [...item.parentNode.children].indexOf(item) + 1;
  queue.push({type, list_id: list, slot, article, item: item.dataset.id, position});
};

/* Who clicks has seen. */
const clicked = event => {
  const link = event.target.closest('.alsoread-link');
  if (!link || event.button > 1) return;
  const item = link.closest('.alsoread-item');
  note(item);
  push('click', item);
  send();
};

const send = () => {
  clearTimeout(later);
  later = 0;
  while (queue[0]) {
    navigator.sendBeacon(new URL('v1/events', import.meta.url), JSON.stringify({events: queue.splice(0, 100)}));
  }
};

document.addEventListener('visibilitychange', () => {
  for (const item of waiting.keys()) wait(item);
  if (document.visibilityState == 'hidden') send();
});
addEventListener('pagehide', send);

for (const name in LIMITS) if (!customElements.get(name)) customElements.define(name, class extends Box {});
