/* The map: points on a canvas, drawn anew when something moves. No library; all colours come from the legend. */
'use strict';

(() => {
  const map = document.getElementById('map');
  if (!map) return;
  const canvas = map.querySelector('canvas'), ink = canvas.getContext('2d');
  const card = document.getElementById('map-card'), said = document.getElementById('map-said');
  const wait = document.getElementById('map-wait'), legend = document.getElementById('legend');
  const FULL = 65535, NEAR = 14, MOST = 64, STRETCH = 1.5;
  const names = JSON.parse(map.dataset.names);
  const mark = map.dataset.at?.split(' ').map(Number);
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let rows = [], xs = [], ys = [], sections = [], order = [];
  let grid = new Map(), only = new Set();
  let view = {scale: 1, x: 0.5, y: 0.5};
  let size = {w: 1, h: 1, across: 1, down: 1};
  let chosen = -1, kept = false, drawing = 0;
  const known = new Map();

  wait.textContent = 'Loading the map …';

  /* Where a place of the map (0 to 1) is on the screen, and back */
  const toScreen = (x, y) => [size.w / 2 + (x - view.x) * size.across * view.scale, size.h / 2 + (y - view.y) * size.down * view.scale];
  const toMap = (left, top) => [view.x + (left - size.w / 2) / (size.across * view.scale), view.y + (top - size.h / 2) / (size.down * view.scale)];

  function measure() {
    const box = map.getBoundingClientRect(), dots = Math.min(devicePixelRatio || 1, 2);
    size = {w: box.width, h: box.height, across: Math.min(box.width, box.height * STRETCH), down: Math.min(box.height, box.width * STRETCH)};
    canvas.width = Math.round(box.width * dots);
    canvas.height = Math.round(box.height * dots);
    ink.setTransform(dots, 0, 0, dots, 0, 0);
    draw();
  }

  function colours() {
    const found = [];
    for (const dot of document.querySelectorAll('#legend [data-section]')) found[dot.dataset.section] = getComputedStyle(dot.firstElementChild).color;
    return found;
  }

  function draw() {
    drawing ||= requestAnimationFrame(() => { drawing = 0; paint(); });
  }

  function paint() {
    const style = getComputedStyle(map), paper = style.backgroundColor, text = style.color, of = colours();
    ink.clearRect(0, 0, size.w, size.h);
    const many = rows.length, radius = Math.max(1.1, Math.min(5, 105 / Math.sqrt(many))) * Math.min(2.2, view.scale ** 0.45);
    const faint = only.size ? [1, 0] : [0, 1];
    for (const turn of only.size ? faint : [1]) {
      for (let section = 0; section < order.length; section++) {
        const lit = !only.size || only.has(section);
        if (only.size && lit !== (turn === 0)) continue;
        ink.fillStyle = of[section] || text;
        ink.globalAlpha = lit ? (many > 20000 ? 0.6 : 0.75) : 0.08;
        const square = radius < 1.6, wide = radius * 1.8;
        ink.beginPath();
        for (const at of order[section]) {
          const [left, top] = toScreen(xs[at] / FULL, ys[at] / FULL);
          if (left < -9 || top < -9 || left > size.w + 9 || top > size.h + 9) continue;
          if (square) ink.rect(left - wide / 2, top - wide / 2, wide, wide);
          else { ink.moveTo(left + radius, top); ink.arc(left, top, radius, 0, 7); }
        }
        ink.fill();
      }
    }
    ink.globalAlpha = 1;
    write(paper, text);
    if (mark) ring(...toScreen(...mark), 10, text);
    if (chosen >= 0) ring(...toScreen(xs[chosen] / FULL, ys[chosen] / FULL), radius + 4, text);
  }

  function ring(left, top, radius, colour) {
    ink.strokeStyle = colour;
    ink.lineWidth = 2;
    ink.beginPath();
    ink.arc(left, top, radius, 0, 7);
    ink.stroke();
  }

  /* Names of places, above their middle, the fuller first; one that would lie upon another is left out until one is closer. */
  function write(paper, text) {
    const taken = [];
    ink.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
    ink.textAlign = 'center';
    ink.textBaseline = 'middle';
    ink.lineJoin = 'round';
    for (const [word, x, y] of names) {
      const [left, middle] = toScreen(x, y), top = middle - 14, half = ink.measureText(word).width / 2 + 6;
      if (left < half || top < 12 || left > size.w - half || top > size.h - 12) continue;
      const box = [left - half, top - 11, left + half, top + 11];
      if (taken.some(one => box[0] < one[2] && box[2] > one[0] && box[1] < one[3] && box[3] > one[1])) continue;
      taken.push(box);
      ink.globalAlpha = 0.85;
      ink.strokeStyle = paper;
      ink.lineWidth = 4;
      ink.strokeText(word, left, top);
      ink.globalAlpha = 1;
      ink.fillStyle = text;
      ink.fillText(word, left, top);
    }
  }

  /* The point nearest to a place on the screen, looked for in the cells around it; -1 where none is near */
  function cellOf(x, y) { return Math.floor(x / FULL * MOST) * 1000 + Math.floor(y / FULL * MOST); }

  function nearest(left, top) {
    const [x, y] = toMap(left, top), aside = NEAR / (size.across * view.scale), reach = NEAR / (size.down * view.scale);
    const from = Math.floor((x - aside) * MOST), to = Math.floor((x + aside) * MOST);
    let best = -1, least = NEAR * NEAR;
    for (let i = Math.max(0, from); i <= Math.min(MOST - 1, to); i++) {
      for (let j = Math.max(0, Math.floor((y - reach) * MOST)); j <= Math.min(MOST - 1, Math.floor((y + reach) * MOST)); j++) {
        for (const at of grid.get(i * 1000 + j) || []) {
          if (only.size && !only.has(sections[at])) continue;
          const [a, b] = toScreen(xs[at] / FULL, ys[at] / FULL), apart = (a - left) ** 2 + (b - top) ** 2;
          if (apart < least) { least = apart; best = at; }
        }
      }
    }
    return best;
  }

  /* What an article is, asked for when it is pointed at */
  async function about(at) {
    const row = rows[at];
    if (known.has(row)) return known.get(row);
    const answer = await fetch(`/desk/map/article?map=${encodeURIComponent(map.dataset.map)}&row=${row}`, {credentials: 'same-origin'});
    if (answer.status === 401) location.reload();
    const found = answer.ok ? await answer.json() : null;
    known.set(row, found);
    if (answer.status === 409) said.textContent = wait.textContent = 'The archive was indexed anew meanwhile. Load the map again.';
    return found;
  }

  let pause = 0;

  function choose(at, keep) {
    kept = keep;
    card.classList.toggle('stays', keep);
    if (at === chosen && !card.hidden) return;
    chosen = at;
    map.classList.toggle('on-point', at >= 0);
    draw();
    if (at < 0) { card.hidden = true; return; }
    clearTimeout(pause);
    pause = setTimeout(async () => {
      const found = await about(at);
      if (at !== chosen) return;
      if (!found) { card.hidden = true; return; }
      show(at, found);
    }, known.has(rows[at]) ? 0 : 60);
  }

  function show(at, found) {
    card.href = `/desk/article?id=${encodeURIComponent(found.id)}`;
    const title = card.querySelector('strong'), image = card.querySelector('img');
    title.textContent = found.title;
    title.lang = found.lang;
    title.dir = found.direction;
    card.querySelector('.kicker').textContent = found.section;
    card.querySelector('.map-when').textContent = found.when;
    image.hidden = !found.image;
    if (found.image) image.src = found.image; else image.removeAttribute('src');
    card.hidden = false;
    const [left, top] = toScreen(xs[at] / FULL, ys[at] / FULL), box = card.getBoundingClientRect();
    card.style.left = `${Math.max(8, Math.min(size.w - box.width - 8, left + 14))}px`;
    card.style.top = `${top + 14 + box.height > size.h ? Math.max(8, top - 14 - box.height) : top + 14}px`;
    if (document.activeElement === map) said.textContent = [found.title, found.section, found.when].filter(Boolean).join(', ');
  }

  /* Moving and zooming */
  function bound() {
    view.scale = Math.max(1, Math.min(60, view.scale));
    const free = 0.5 / view.scale;
    view.x = Math.max(Math.min(free, 0.5), Math.min(Math.max(1 - free, 0.5), view.x));
    view.y = Math.max(Math.min(free, 0.5), Math.min(Math.max(1 - free, 0.5), view.y));
  }

  function zoom(by, left = size.w / 2, top = size.h / 2) {
    const [x, y] = toMap(left, top);
    view.scale *= by;
    bound();
    const [now, below] = toMap(left, top);
    view.x += x - now;
    view.y += y - below;
    bound();
    if (!kept) choose(-1, false);
    else if (chosen >= 0 && known.get(rows[chosen])) show(chosen, known.get(rows[chosen]));
    draw();
  }

  function glide(to) {
    if (still.matches) { view = to; bound(); draw(); return; }
    const from = {...view}, start = performance.now();
    const step = now => {
      const part = Math.min(1, (now - start) / 260), eased = 1 - (1 - part) ** 3;
      for (const key of ['scale', 'x', 'y']) view[key] = from[key] + (to[key] - from[key]) * eased;
      bound();
      paint();
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  map.addEventListener('wheel', event => {
    event.preventDefault();
    const box = map.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), event.clientX - box.left, event.clientY - box.top);
  }, {passive: false});

  const fingers = new Map();
  let moved = 0, spread = 0;
  const gap = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y); };

  map.addEventListener('pointerdown', event => {
    if (event.target.closest('.map-card')) return;
    fingers.set(event.pointerId, {x: event.clientX, y: event.clientY});
    map.setPointerCapture(event.pointerId);
    moved = 0;
    if (fingers.size === 2) spread = gap();
  });
  map.addEventListener('pointermove', event => {
    const box = map.getBoundingClientRect(), left = event.clientX - box.left, top = event.clientY - box.top;
    const finger = fingers.get(event.pointerId);
    if (!finger) {
      if (event.pointerType === 'mouse' && !event.target.closest('.map-card')) choose(nearest(left, top), false);
      return;
    }
    const across = event.clientX - finger.x, down = event.clientY - finger.y;
    moved += Math.abs(across) + Math.abs(down);
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (fingers.size === 2) {
      const now = gap(), [a, b] = [...fingers.values()];
      zoom(now / (spread || now), (a.x + b.x) / 2 - box.left, (a.y + b.y) / 2 - box.top);
      spread = now;
    } else if (moved > 5) {
      map.classList.add('moving');
      view.x -= across / (size.across * view.scale);
      view.y -= down / (size.down * view.scale);
      bound();
      choose(-1, false);
      draw();
    }
  });
  for (const end of ['pointerup', 'pointercancel']) map.addEventListener(end, event => {
    if (!fingers.delete(event.pointerId)) return;
    map.classList.remove('moving');
    if (end === 'pointercancel' || moved > 5) return;
    const box = map.getBoundingClientRect(), at = nearest(event.clientX - box.left, event.clientY - box.top);
    if (at >= 0 && event.pointerType === 'mouse') open(at);
    else choose(at, at >= 0);
  });
  map.addEventListener('pointerleave', () => { if (!kept && document.activeElement !== map) choose(-1, false); });

  async function open(at) {
    const found = await about(at);
    if (found) location.href = `/desk/article?id=${encodeURIComponent(found.id)}`;
  }

  /* Keys: the nearest article in a direction, within 45 degrees of it */
  const WAYS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  map.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' && chosen >= 0) open(chosen);
    else if (event.key === 'Escape') choose(-1, false);
    else if (event.key === '+' || event.key === '=') zoom(1.5);
    else if (event.key === '-') zoom(1 / 1.5);
    else if (event.key === '0') glide({scale: 1, x: 0.5, y: 0.5});
    else if (WAYS[event.key]) {
      event.preventDefault();
      const [right, down] = WAYS[event.key];
      const [x, y] = chosen >= 0 ? [xs[chosen], ys[chosen]] : [view.x * FULL, view.y * FULL];
      let best = -1, least = Infinity;
      for (let at = 0; at < rows.length; at++) {
        if (at === chosen || (only.size && !only.has(sections[at]))) continue;
        const a = xs[at] - x, b = ys[at] - y, ahead = a * right + b * down, aside = Math.abs(a * down + b * right);
        if (chosen >= 0 && (ahead <= 0 || aside > ahead)) continue;
        const apart = a * a + b * b;
        if (apart < least) { least = apart; best = at; }
      }
      if (best < 0) return;
      const [left, top] = toScreen(xs[best] / FULL, ys[best] / FULL);
      if (left < 30 || top < 30 || left > size.w - 30 || top > size.h - 30) { view.x = xs[best] / FULL; view.y = ys[best] / FULL; bound(); }
      choose(best, true);
    }
  });

  for (const button of document.querySelectorAll('[data-zoom]')) button.addEventListener('click', () => {
    if (button.dataset.zoom === 'all') glide({scale: 1, x: 0.5, y: 0.5});
    else zoom(button.dataset.zoom === 'in' ? 1.6 : 1 / 1.6);
  });
  legend.addEventListener('click', event => {
    const button = event.target.closest('[data-section]');
    if (!button) return;
    const number = Number(button.dataset.section), on = !only.has(number);
    if (on) only.add(number); else only.delete(number);
    button.setAttribute('aria-pressed', on);
    legend.classList.toggle('some', only.size > 0);
    choose(-1, false);
    draw();
  });

  async function load() {
    const answer = await fetch('/desk/map/points', {credentials: 'same-origin'});
    if (!answer.ok) { wait.textContent = 'The map cannot be loaded. Load the page again.'; return; }
    if (answer.headers.get('X-Map') !== map.dataset.map) { location.reload(); return; }
    const bytes = await answer.arrayBuffer(), count = new DataView(bytes).getUint32(0, true);
    rows = new Uint32Array(bytes, 4, count);
    xs = new Uint16Array(bytes, 4 + 4 * count, count);
    ys = new Uint16Array(bytes, 4 + 6 * count, count);
    sections = new Uint8Array(bytes, 4 + 8 * count, count);
    order = Array.from({length: 10}, () => []);
    for (let at = 0; at < count; at++) {
      order[sections[at]].push(at);
      const cell = cellOf(xs[at], ys[at]);
      if (grid.has(cell)) grid.get(cell).push(at); else grid.set(cell, [at]);
    }
    wait.hidden = true;
    measure();
    map.dataset.ready = count;
    if (mark) {
      view = {scale: 4, x: mark[0], y: mark[1]};
      bound();
      let best = -1, least = Infinity;
      for (let at = 0; at < count; at++) {
        const apart = (xs[at] / FULL - mark[0]) ** 2 + (ys[at] / FULL - mark[1]) ** 2;
        if (apart < least) { least = apart; best = at; }
      }
      choose(best, true);
    }
  }

  new ResizeObserver(measure).observe(map);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  load();
})();
