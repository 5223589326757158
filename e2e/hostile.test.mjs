// What phones and files say of themselves is shown as text: a phone that sends markup,
// signs that turn text round or a novel as its User-Agent, and names that are markup, on
// every page that has them, in a real browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

// Each breaks out of an attribute or an element, and would leave its mark if it ran.
const name = `"'><script>ran=1</script><img src=x onerror=ran=1> {{.}} Anna`;
const model = `D785'"><img src=x onerror=ran=2>`;
const serial = '</code></script><svg/onload=ran=3>';
const platform = '</title><script>ran=4</script>';
const account = `x' onmouseover='ran=5' "><b>`;
const label = '</option></textarea><script>ran=6</script>';
const says = `D785-SIP"><script>ran=7</script>' onfocus='ran=8' autofocus='`;
// What turns or hides text, or moves a terminal's cursor; ESC is refused before, see below.
const unseen = '\u202e\u2066\u200b\u200f\ufeff\u009b31m';
const agents = {
  markup: `Mozilla/4.0 (compatible; snom${says} 10.1.33.33)`,
  turned: `snom${unseen}D785${unseen}-SIP <i>turned</i>`,
  long: `<b>long</b>${'<script>ran=9</script>'.repeat(200)}`,
};
const raw = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

const [mac, held, guest, filed] = ['000413A27F10', '000413A27F11', '000413A27F12', '000413A27F13'];
const at = '/platforms/hostile';
let browser, imported, product;
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct()]);
  await product.seed();
  const { api } = product;
  await api.ask('POST', '/platforms', { slug: 'hostile', name: platform });
  const { token } = await api.ask('POST', `${at}/accounts`, { slug: 'main', name: account });
  await api.onboard('hostile');
  for (const m of [mac, held]) await api.done('PUT', `${at}/endpoints/${m}`, { account: 'main', name, model, serial });
  const lines = [['line_display_name', label], ['line_user', label], ['line_mailbox', label], ['line_registrar', 'voice.example'], ['line_password', 'no secret of anybody']];
  await api.ask('PUT', `${at}/endpoints/${mac}/settings`, { settings: [
    ...lines.map(([n, value]) => ({ name: n, index: 1, value })), { name: 'phone_name', value: label },
    { name: 'function_key', index: 1, value: `blf 201 ${label}` }, { name: 'phone_book', index: 1, value: `+49301234567 ${label}` },
  ] });
  // A row that is taken, one with names that nobody has, and one that turns text round.
  const quoted = (s) => `"${s.replaceAll('"', '""')}"`;
  imported = (await api.ask('POST', `${at}/imports`, `mac,account,name,model\n${filed},main,${quoted(name)},${quoted(model)}\n${quoted(label)},${quoted(label)},x,x\n000413A27F14,main,${quoted(unseen)},x\n`)).id;
  const { companies } = await (await fetch(`${product.snom.control}/state`)).json();
  const urls = Object.fromEntries(companies.flatMap((c) => c.endpoints ?? []).filter((e) => e.redirect).map((e) => [e.mac, e.redirect.replace('{mac}', e.mac)]));
  const home = new URL(urls[mac]);
  await api.ask('POST', `${at}/endpoints/${held}/hold`);
  for (const agent of Object.values(agents)) {
    assert.match(await fetchAs(new URL(urls[mac]), agent), /^HTTP\/1.1 200 [^]*&lt;script&gt;ran=6/);
    assert.match(await fetchAs(new URL(urls[held]), agent), /^HTTP\/1.1 200 /);
  }
  const strangers = Object.values(agents).map((agent, i) => fetchAs(new URL(`/p/${token}/${guest.slice(0, -1)}${i + 7}`, home), agent));
  for (const answer of await Promise.all(strangers)) assert.match(answer, /^HTTP\/1.1 404 /);
  assert.match(await fetchAs(home, `snom\u001b[31mD785`), /^HTTP\/1.1 400 /);
  // They are written down every few seconds.
  const seen = async () => (await api.ask('GET', `${at}/unclaimed`)).items.length + (await api.ask('GET', `${at}/endpoints/${mac}/fetches`)).items.length;
  for (const end = Date.now() + 30_000; await seen() < 4;) assert.ok(Date.now() < end, 'what came is not written down');
});
after(async () => { await browser?.close(); await product?.stop(); });

// fetchAs asks for a phone's settings with a User-Agent that Node's own client would not
// send, and gives the whole answer.
async function fetchAs(url, agent) {
  const socket = connect(url.port, url.hostname);
  socket.write(Buffer.from(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`));
  let said = '';
  socket.on('data', (part) => { said += part; });
  await once(socket, 'close');
  return said;
}

const phone = `${at}/phones/${mac.toLowerCase()}`;
const q = (text) => `?q=${encodeURIComponent(text)}`;
// Every page that shows something of this, and what has to be readable on it.
const pages = {
  '/platforms': [platform],
  [`/platforms${q(label)}`]: [label],
  [at]: [platform, account, name],
  [at + q('D785')]: [name],
  [at + q(label)]: [label],
  [phone]: [name, model, serial, account, says, '<i>turned</i>', '<b>long</b><script>ran=9</script>'],
  [`${phone}/explain`]: [platform],
  [`${phone}/settings`]: [label],
  [`${phone}/preview`]: [label.replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
  [`${phone}/release`]: [],
  [`/phones/${mac}`]: [name],
  [`${at}/waiting`]: [name, account, says, '<i>turned</i>', '<b>long</b>'],
  [`${at}/waiting/${held}/admit`]: [],
  [`${at}/traffic`]: [platform],
  imported: [name, label],
  [`${phone}/settings/line?n=1`]: [label], [`${phone}/settings/key?n=1`]: [label], [`${phone}/settings/book?n=1`]: [label],
  [`/audit${q(label)}`]: [label],
  '/health': [], '/audit': [], '/settings/phones': [],
};

// shown is what a reader of the page has: its text, and what stands in its fields.
const shown = () => [document.title, document.body.textContent, ...[...document.querySelectorAll('input, textarea')].map((e) => e.value)].join('\n');
// made are elements and attributes that no page of ours has, and what they have done.
const made = () => [globalThis.ran, ...[...document.querySelectorAll('script:not([src]), [onerror], [onload], [onmouseover], [onfocus], img[src="x"]')].map((e) => e.outerHTML)].filter(Boolean);

async function look(page, address, marks) {
  const path = address === 'imported' ? `/imports/${imported}` : address;
  const answer = await page.goto(product.url + path, { waitUntil: 'load' });
  const faults = (await page.evaluate(made)).map((m) => `became part of the page: ${m}`);
  const text = await page.evaluate(shown);
  faults.push(...marks.filter((m) => !text.includes(m)).map((m) => `not readable: ${m}`));
  const sign = raw.exec(await answer.text());
  if (sign) faults.push(`has U+${sign[0].charCodeAt(0).toString(16)} in it, after ${sign.input.slice(sign.index - 60, sign.index)}`);
  return faults.map((f) => `${address}: ${f}`);
}

test('what phones and files say is text on every page', async () => {
  const page = await visit(browser, product, people.ops);
  const faults = [];
  page.on('dialog', (d) => { faults.push(`a dialog: ${d.message()}`); d.dismiss(); });
  for (const [address, marks] of Object.entries(pages)) faults.push(...await look(page, address, marks));
  assert.deepEqual([...faults, ...page.faults], []);
  await page.context().close();
});

test('and so is what a search brings into a page that is open', async () => {
  const page = await visit(browser, product, people.ops);
  await page.goto(product.url + at);
  const brought = page.waitForResponse((r) => r.url().includes('q=Anna'));
  await page.fill('#phones [name=q]', 'Anna');
  await page.press('#phones [name=q]', 'Enter');
  await (await brought).finished();
  await page.waitForFunction(() => location.search.includes('q=Anna'));
  assert.ok((await page.evaluate(shown)).includes(name));
  assert.deepEqual([...await page.evaluate(made), ...page.faults], []);
  await page.context().close();
});

test('what had become part of a page would be found', async () => {
  const page = await visit(browser, product, people.ops);
  const complained = page.waitForEvent('console', (m) => m.text().includes('Content Security Policy'));
  await page.evaluate((html) => { document.body.insertAdjacentHTML('beforeend', html); }, name);
  assert.equal((await page.evaluate(made)).length, 2);
  await complained;
  assert.ok(page.faults.some((f) => f.includes('Content Security Policy')), page.faults.join('\n'));
  await page.context().close();
});

test('names with signs that turn or hide text are refused', async () => {
  for (const field of ['name', 'model', 'serial']) {
    for (const sign of [...unseen.slice(0, 6), '\u001b', '\n']) {
      await assert.rejects(product.api.ask('PUT', `${at}/endpoints/${filed}`, { account: 'main', [field]: `a${sign}b` }), /: 4\d\d /);
    }
  }
});
