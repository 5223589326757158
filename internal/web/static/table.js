// Tables by keyboard and mouse: rows with the arrow keys, ranges of ticks with Shift, and
// the search field with a slash. Every table works without it.
const picks = t => [...t.closest('form').querySelectorAll('input.pick')];
let from = null; // the tick that a range begins at

function count(form) {
  const n = form.querySelectorAll('input.pick:checked').length;
  const label = form.querySelector('.picked');
  if (label) label.textContent = n ? `With the ${n} that ${n === 1 ? 'is' : 'are'} ticked` : 'With those that are ticked';
}

document.addEventListener('click', e => {
  if (e.target.matches('input.pick')) {
    const all = picks(e.target);
    const a = all.findIndex(p => p.id === from), b = all.indexOf(e.target);
    if (e.shiftKey && a >= 0) for (const p of all.slice(Math.min(a, b), Math.max(a, b) + 1)) p.checked = e.target.checked;
    from = e.target.id;
    count(e.target.form);
  } else if (e.target.matches('.pick-all')) {
    const all = picks(e.target), on = !all.every(p => p.checked);
    for (const p of all) p.checked = on;
    count(e.target.form);
  }
});

document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (e.key === '/' && !e.target.closest('input, textarea, select, dialog') && document.documentElement.dataset.keys !== 'off') {
    const field = document.querySelector('main input[type=search]');
    if (field) { e.preventDefault(); field.focus(); field.select(); }
  }
  const row = { ArrowDown: 1, ArrowUp: -1 }[e.key] && e.target.closest('table[data-keys] tbody tr');
  if (!row) return;
  const to = e.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  const kind = e.target.matches('input.pick') ? 'input.pick' : e.target.matches('.copy') ? '.copy' : 'a';
  const next = to?.querySelector(kind) ?? to?.querySelector('a');
  if (next) { e.preventDefault(); next.focus(); }
});

function ready() {
  for (const b of document.querySelectorAll('.pick-all')) { b.hidden = false; count(b.form); }
}
document.addEventListener('htmx:after:swap', ready);
ready();
