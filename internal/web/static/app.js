// What the portal adds to htmx: dialogs, focus, one announcement at a time,
// copying, and ages that grow. Every page works without it.
const $ = (s, root = document) => root.querySelector(s);
const live = $('#live');

function say(text) {
  live.textContent = '';
  requestAnimationFrame(() => { live.textContent = text; });
}

// What a request will replace: the element its hx-target names.
const targetOf = e => {
  const name = e.detail.ctx?.sourceElement?.getAttribute?.('hx-target');
  return name ? $(name) : null;
};
const isPoll = e => e.detail.ctx?.sourceElement?.classList?.contains('poll');

let opener = '';   // the id of what opened the dialog; a poll may replace the element
let inside = false; // whether the focus was in what is being replaced
let polled = false; // whether the page asked for it by itself

document.addEventListener('htmx:before:request', e => {
  const row = targetOf(e);
  if (isPoll(e)) { // a row that waits for its own answer is not asked about
    if (row?.dataset.sending !== undefined) e.preventDefault();
    return;
  }
  const source = e.detail.ctx.sourceElement;
  if (!row?.classList.contains('row')) {
    if (!source.closest('dialog')) opener = document.activeElement?.id ?? '';
    return;
  }
  row.dataset.sending = '';
  const dialog = source.closest('dialog');
  if (dialog) {
    dialog.dataset.used = '';
    dialog.close();
  }
  $('.row-sending', row)?.focus();
});

document.addEventListener('htmx:before:swap', e => {
  const row = targetOf(e);
  if (isPoll(e) && row?.dataset.sending !== undefined) { e.preventDefault(); return; }
  inside = !!row && row.contains(document.activeElement);
  polled = isPoll(e);
});

document.addEventListener('htmx:after:swap', () => {
  ready();
  const dialog = $('#dialog > dialog:not([open]):not([data-used])');
  if (dialog) {
    dialog.addEventListener('close', () => {
      if (dialog.dataset.used !== undefined) return; // its form is still on its way
      dialog.remove(); // or the next swap of any part would find it and open it again
      document.getElementById(opener)?.focus();
    });
    dialog.showModal();
    document.querySelectorAll('[data-sending]').forEach(row => delete row.dataset.sending);
    return;
  }
});

// After a swap the new part either takes the focus or is announced, never both.
document.addEventListener('htmx:after:swap', e => {
  const part = e.detail.ctx.target?.isConnected ? e.detail.ctx.target : e.detail.ctx.sourceElement;
  const box = part?.closest?.('[data-say]') ?? targetOf(e);
  if (!box?.dataset?.say) return;
  const fresh = $('.msg[data-fresh]', box);
  const nowhere = !document.activeElement || document.activeElement === document.body;
  fresh?.removeAttribute('data-fresh');
  if (inside && nowhere || box.contains(document.activeElement) && fresh) {
    (fresh ?? $('.busy, .msg, a, button:not([disabled])', box))?.focus();
  } else if (!polled || box.matches('.row, #phone-card')) { // a list that ticks on says nothing
    say(fresh ? $('.h', fresh).textContent : box.dataset.say);
  }
});

document.addEventListener('htmx:error', e => { // our own server did not answer
  const row = targetOf(e);
  if (!row?.classList.contains('row') || isPoll(e)) return;
  delete row.dataset.sending;
  $('.row-msgs', row).replaceChildren($('#t-offline').content.cloneNode(true));
  $('.msg', row).focus();
});

// A second press of a confirmation is dropped.
document.addEventListener('submit', e => {
  const dialog = e.target.closest('dialog');
  if (dialog?.dataset.used !== undefined) { e.preventDefault(); e.stopImmediatePropagation(); }
}, true);

document.addEventListener('click', async e => {
  const close = e.target.closest('[command=close]');
  if (close && !('commandForElement' in close)) close.closest('dialog').close();
  const copy = e.target.closest('.copy');
  if (!copy) return;
  await navigator.clipboard.writeText(copy.dataset.copy);
  copy.dataset.done = '';
  say('Copied');
  setTimeout(() => delete copy.dataset.done, 1600);
});

// A file over its field.
for (const t of ['dragover', 'dragleave', 'drop']) document.addEventListener(t, e => e.target.classList?.toggle('over', t === 'dragover'));

// The account menu closes as menus do.
const menu = $('details.user');
document.addEventListener('pointerdown', e => { if (menu && !menu.contains(e.target)) menu.open = false; });
document.addEventListener('keydown', e => {
  if (e.key !== 'Escape' || !menu?.open) return;
  menu.open = false;
  menu.firstElementChild.focus();
});

// Browsers offer the clipboard on https and on this machine only.
function ready() {
  if (navigator.clipboard) document.querySelectorAll('.copy[hidden]').forEach(b => { b.hidden = false; });
}

const words = new Intl.RelativeTimeFormat('en');
const units = [['day', 864e5, 2], ['hour', 36e5, 1], ['minute', 6e4, 1]];
function ages() {
  for (const n of document.querySelectorAll('[data-rel]')) {
    const d = Date.parse(n.dataset.rel) - Date.now();
    const unit = units.find(([, ms, least]) => Math.abs(d) >= least * ms);
    n.textContent = unit ? words.format(Math.trunc(d / unit[1]), unit[0]) : 'just now';
  }
}

ready();
setInterval(ages, 6e4);
// A page that answers begins at its message.
$('main .msg[data-fresh]')?.focus();
