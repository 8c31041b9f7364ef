/* Sliders beside the numbers of the form, and what they would change, asked for as they move. Without this script the form is
   sent with a button, and the page says the same. */
'use strict';

const form = document.getElementById('tune');
const PAUSE = 90;

/* A slider's place, 0 to 1000, and the number it stands for */
function numberAt(slider, place) {
  const {scale, low, high} = slider.dataset, part = place / 1000;
  if ('open' in slider.dataset && place >= 1000) return '';
  const raw = scale === 'log' ? Number(low) * (Number(high) / Number(low)) ** part : Number(low) + (Number(high) - Number(low)) * part;
  if ('whole' in slider.dataset) return String(Math.round(raw));
  return String(scale === 'log' && raw >= 10 ? Math.round(raw) : Number(raw.toPrecision(2)));
}

function placeOf(slider, text) {
  if (text === '') return 1000;
  const {scale, low, high} = slider.dataset, number = Math.min(Number(high), Math.max(Number(low), Number(text)));
  const part = scale === 'log' ? Math.log(number / low) / Math.log(high / low) : (number - low) / (high - low);
  return Math.round(part * 1000);
}

function show(slider, field) {
  slider.value = placeOf(slider, field.value);
  slider.setAttribute('aria-valuetext', field.value === '' ? 'none' : field.value);
  field.closest('.knob').classList.toggle('moved', field.value !== field.dataset.held);
}

for (const slider of form.querySelectorAll('input[type=range]')) {
  const field = document.getElementById(slider.dataset.for);
  slider.hidden = false;
  show(slider, field);
  slider.addEventListener('input', () => {
    field.value = numberAt(slider, Number(slider.value));
    slider.setAttribute('aria-valuetext', field.value === '' ? 'none' : field.value);
    field.closest('.knob').classList.toggle('moved', field.value !== field.dataset.held);
    soon();
  });
  field.addEventListener('input', () => { show(slider, field); soon(); });
}

/* What they would change */
let waiting, asking;
const says = document.getElementById('sample-says'), cells = document.getElementById('cells');
const rows = document.getElementById('rows'), which = document.getElementById('which');
const problem = document.getElementById('problem'), lists = document.getElementById('lists');
const pieces = count => `${count.toLocaleString('en-GB')} ${count === 1 ? 'piece' : 'pieces'}`;

function soon() {
  clearTimeout(waiting);
  asking?.abort();
  waiting = setTimeout(attempt, PAUSE);
}

function moved() {
  return [...form.querySelectorAll('[data-held]')].some(field => field.value !== field.dataset.held);
}

async function attempt(pick) {
  asking?.abort();
  const stop = asking = new AbortController();
  const query = new URLSearchParams(new FormData(form));
  if (pick) query.set('pick', pick);
  history.replaceState(null, '', `${form.action}?${query}`);
  lists.classList.add('busy');
  const sum = {compared: 0, came: 0, went: 0, changed: 0};
  try {
    for (let from = 0, wanted = 1; from < wanted;) {
      query.set('from', from);
      const answer = await fetch(`/desk/tune/try?${query}`, {credentials: 'same-origin', signal: stop.signal});
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok && answer.status !== 422) throw new Error(`the desk answers ${answer.status}`);
      const found = await answer.json();
      problem.hidden = !found.problem;
      problem.textContent = found.problem ?? '';
      if (found.problem) break;
      if (from === 0) begin(found);
      if (!moved()) { wanted = 0; break; }
      add(found, sum);
      wanted = found.wanted;
      from = found.start + found.compared;
      if (!found.compared) break;
    }
  } catch (error) {
    if (error.name === 'AbortError') return;
    problem.hidden = false;
    problem.textContent = 'The desk does not answer. Move a setting to try again.';
  }
  lists.classList.remove('busy');
}

/* Whoever touches the form is about to move something: what the service has to look for once, it looks for now */
async function warm() {
  if (moved() || asking) return;
  const stop = asking = new AbortController(), query = new URLSearchParams(new FormData(form));
  try {
    for (let from = 0, wanted = 1; from < wanted;) {
      query.set('from', from);
      const answer = await fetch(`/desk/tune/try?${query}`, {credentials: 'same-origin', signal: stop.signal});
      const found = await answer.json();
      if (!found.compared) return;
      wanted = found.wanted;
      from = found.start + found.compared;
    }
  } catch { /* it was only to be quicker */ }
}

form.addEventListener('focusin', warm, {once: true});
form.addEventListener('pointerover', warm, {once: true});

function begin(found) {
  lists.innerHTML = found.lists;
  const article = lists.querySelector('[data-article]')?.dataset.article;
  if (article !== undefined) {
    for (const one of document.querySelectorAll('input[type=hidden][name=article]')) one.value = article;
    document.getElementById('q').value = '';
  }
  cells.replaceChildren();
  rows.replaceChildren();
  which.hidden = true;
  const changed = document.getElementById('changes'), saving = document.getElementById('saving');
  if (changed) changed.innerHTML = found.changes;
  const idle = !moved();
  if (saving) saving.toggleAttribute('data-idle', idle && !saving.querySelector('[name=drop]'));
  const save = document.getElementById('save-button');
  if (save) save.disabled = idle;
  if (idle) says.textContent = 'Move a setting, and how many lists change stands here.';
}

function add(found, sum) {
  const changed = new Map(found.changed.map(one => [one.at, one.html]));
  for (let at = found.start; at < found.start + found.compared; at++) {
    const cell = document.createElement('i');
    cell.classList.toggle('moved', changed.has(at));
    cells.append(cell);
    if (changed.has(at)) rows.insertAdjacentHTML('beforeend', changed.get(at));
  }
  sum.compared += found.compared;
  sum.came += found.came;
  sum.went += found.went;
  sum.changed += found.changed.length;
  which.hidden = !sum.changed;
  const number = document.createElement('b');
  number.textContent = `${sum.changed} of ${sum.compared}`;
  const more = sum.compared < found.wanted ? ` Comparing ${found.wanted} …` : '';
  says.replaceChildren(number, ` lists would change: ${pieces(sum.came)} would come, ${sum.went} would go.${more}`);
  if (!found.wanted) says.textContent = 'There is no article here to compare.';
}

form.addEventListener('submit', event => {
  if (event.submitter?.hasAttribute('formaction')) return;
  event.preventDefault();
  attempt(event.submitter?.name === 'pick' ? event.submitter.value : undefined);
});

/* What is saved is what stands in the form now */
document.getElementById('save')?.addEventListener('formdata', event => {
  for (const field of form.querySelectorAll('[data-held]')) event.formData.set(field.name, field.value);
});

for (const choice of document.querySelectorAll('.place select')) choice.addEventListener('change', () => choice.form.submit());

if (moved() && !cells.children.length) attempt();
