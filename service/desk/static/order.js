/* Dragging a piece to another place of its list; the arrows beside it do the same without a mouse. */
'use strict';

let dragged = null;

function unmark() {
  for (const one of document.querySelectorAll('.over-it, .dragged')) one.classList.remove('over-it', 'dragged');
}

document.addEventListener('dragstart', event => {
  const item = event.target.closest?.('[data-order] > [data-item]');
  if (!item || event.target.closest('form, input')) return;
  dragged = item;
  item.classList.add('dragged');
  event.dataTransfer.effectAllowed = 'move';
  event.dataTransfer.setData('text/plain', item.dataset.item);
});

document.addEventListener('dragover', event => {
  const over = event.target.closest?.('[data-item]');
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  for (const one of document.querySelectorAll('.over-it')) one.classList.remove('over-it');
  over.classList.add('over-it');
});

document.addEventListener('drop', event => {
  const over = event.target.closest?.('[data-item]');
  if (!dragged || !over || over.parentElement !== dragged.parentElement || over === dragged) return;
  event.preventDefault();
  const items = [...dragged.parentElement.children];
  const form = document.getElementById('move');
  const fill = (name, value) => { form.elements.namedItem(name).value = value; };
  fill('slot', dragged.parentElement.dataset.order);
  fill('item', dragged.dataset.item);
  fill('order', items.map(one => one.dataset.item).join('\n'));
  fill('to', items.indexOf(over) + 1);
  form.requestSubmit();
});

document.addEventListener('dragend', () => { dragged = null; unmark(); });
