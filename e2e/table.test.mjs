// The list of phones by keyboard and mouse: search, order, ticks, copying.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

let browser, product, list;
const macs = [...'0123456'].map(n => `00:04:13:A2:7F:1${n}`);
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct()]);
  await product.seed();
  const slug = await product.api.platform('Brightwater Voice');
  await product.api.onboard(slug);
  for (const [i, mac] of macs.entries()) {
    await product.api.done('PUT', `/platforms/${slug}/endpoints/${mac}`, { account: 'main', name: ['Reception', 'Anna Schmidt', 'Lobby', 'Room 4', 'Desk 9', 'Desk 10', ''][i], serial: `SN-${i}` });
  }
  list = `${product.url}/platforms/${slug}`;
});
after(async () => { await browser?.close(); await product?.stop(); });

const ticked = page => page.$$eval('input.pick:checked', all => all.map(p => p.value));
const focused = page => page.evaluate(() => document.activeElement.id);

test('a range is ticked with Shift, and all with one press', async () => {
  const page = await visit(browser, product, people.ops);
  await page.goto(list);
  await page.click('#pick-000413A27F11');
  await page.click('#pick-000413A27F14', { modifiers: ['Shift'] });
  assert.deepEqual(await ticked(page), macs.slice(1, 5));
  assert.equal(await page.textContent('.picked'), 'With the 4 that are ticked');
  await page.click('.pick-all');
  assert.deepEqual(await ticked(page), macs);
  await page.click('.pick-all');
  assert.deepEqual(await ticked(page), []);
  await page.focus('#pick-000413A27F12');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'pick-000413A27F13');
  await page.keyboard.press('Space');
  assert.deepEqual(await ticked(page), macs.slice(2, 4));
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('from a slash to a phone without the mouse', async () => {
  const page = await visit(browser, product, people.ops);
  await page.goto(list);
  await page.keyboard.press('/');
  await page.keyboard.type('schmi');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelectorAll('#phone-list tbody tr').length === 1);
  assert.match(page.url(), /q=schmi/);
  await page.waitForFunction(() => document.querySelector('#live').textContent === '1 phone on this page'); // it is said in the next frame
  await page.goto(list);
  await page.focus('#ph-000413A27F10');
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(page), 'ph-000413A27F11');
  await page.keyboard.press('Enter');
  await page.waitForURL(/phones\/000413a27f11/);
  // Whoever wants no single keys turns them off.
  await page.goto(`${product.url}/settings`);
  await page.check('input[name=keys][value=off]');
  await page.click('text=Save');
  await page.goto(list);
  await page.keyboard.press('/');
  assert.equal(await focused(page), '');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a press on a head sorts, and a MAC is copied', async () => {
  const page = await visit(browser, product, people.ops, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.goto(list);
  const names = () => page.$$eval('#phone-list td[data-l=Name] div', all => all.map(d => d.firstChild.textContent));
  await page.click('#by-name');
  assert.deepEqual(await names(), ['None', 'Anna Schmidt', 'Desk 10', 'Desk 9', 'Lobby', 'Reception', 'Room 4']);
  await page.click('#by-name');
  assert.deepEqual((await names())[0], 'Room 4');
  assert.equal(await page.getAttribute('th[aria-sort]', 'aria-sort'), 'descending');
  await page.click('#copy-000413A27F13');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), macs[3]);
  await page.waitForFunction(() => document.querySelector('#live').textContent === 'Copied');
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('without JavaScript the search finds, here and everywhere', async () => {
  const page = await visit(browser, product, people.ops, { javaScriptEnabled: false });
  await page.goto(list);
  await page.fill('#phones input[type=search]', '7f:13');
  await page.click('#phones form button');
  assert.equal(await page.locator('#phone-list tbody tr').count(), 1);
  await page.goto(`${product.url}/platforms?q=desk`);
  assert.equal(await page.locator('#list table[data-keys] tbody tr').count(), 2);
  await page.context().close();
});
