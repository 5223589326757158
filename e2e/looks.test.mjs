// Every page, wide and narrow, light and dark: nothing for axe to find, nothing
// that scrolls sideways, nothing that the Content-Security-Policy has to refuse.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, cutOff, launch, sidewaysScroll, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

const mac = '000413A27F10';
let browser, campaign, imported, many, offboarded, product;
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct()]);
  await product.seed();
  const slug = await product.api.platform('Brightwater Voice');
  await product.api.onboard(slug);
  await product.api.phone(slug, mac);
  await product.api.ask('POST', `/platforms/${slug}/accounts`, { name: 'No token', token: false });
  many = `/operations/${(await product.api.done('POST', `/platforms/${slug}/endpoints/bulk`, { action: 'pause', macs: [mac] })).id}`;
  // A file with a row of each kind.
  const file = `mac,account,name\n000413A27F20,main,Lobby\n${mac},main,Reception\n1.23E+11,main,\n000413A27F21,nobody,\n`;
  imported = `/imports/${(await product.api.ask('POST', `/platforms/${slug}/imports`, file)).id}`;
  const leaving = await product.api.platform('Leaving');
  await product.api.onboard(leaving);
  await product.api.phone(leaving, '000413A27F30');
  const left = await product.api.ask('POST', `/platforms/${leaving}/offboard`, {});
  await product.api.ask('GET', `/operations/${left.vendors[0].operation}?wait=30s`);
  offboarded = `/offboardings/${left.id}`;
  const disabled = await product.api.platform('Norddial');
  await product.api.onboard(disabled);
  await product.api.done('POST', `/platforms/${disabled}/vendors/snom/disable`, {});
  // Refused, so that its row has an error to show; a long name beside it.
  const { slug: refused } = await product.api.ask('POST', '/platforms', { name: 'Kestrel Telecom and its Very Long Subsidiary-Without-Any-Place-To-Break', slug: 'kestrel' });
  await assert.rejects(product.api.onboard(refused), /provisioning_token_missing/);
  // A campaign that has something to show of each kind, and waits to be started.
  await product.api.ask('POST', '/platforms', { name: 'Ready' });
  await product.api.ask('POST', '/platforms/ready/accounts', { name: 'Main' });
  campaign = `/campaigns/${(await product.api.ask('POST', '/vendors/snom/campaigns', { kind: 'onboard', hold: true })).id}`;
});
after(async () => { await browser?.close(); await product?.stop(); });

const brightwater = '/platforms/brightwater-voice';
// Every page by its address; what is behind "|" is pressed there first.
const pages = [
  '/platforms', '/platforms?q=nothing', '/platforms/new', brightwater, '/platforms/norddial',
  '/platforms/kestrel', `${brightwater}/edit`, `${brightwater}/remove`,
  `${brightwater}/accounts/new`, `${brightwater}/accounts/main`, `${brightwater}/accounts/no-token`, `${brightwater}/accounts/main/token`,
  `${brightwater}/phones/new`, `${brightwater}/phones/${mac.toLowerCase()}`, `${brightwater}/phones/${mac.toLowerCase()}/explain`, `${brightwater}/phones/${mac.toLowerCase()}/release`, `${brightwater}/phones/${mac.toLowerCase()}/replace`, `${brightwater}/phones/${mac.toLowerCase()}/move`, `/phones/${mac}`,
  `${brightwater}/phones-picked?action=pause&mac=${mac}`, `${brightwater}/phones-picked?action=release&mac=${mac}&mac=000413A27F11`, 'many', 'many/cancel', `${brightwater}/import`, `${brightwater}/traffic`, `${brightwater}/waiting`, `${brightwater}/waiting/${mac}/admit`, 'imported', `${brightwater}/ztp/snom/sync`,
  '/settings/phones', `${brightwater}/phones/${mac.toLowerCase()}/settings`, `${brightwater}/phones/${mac.toLowerCase()}/settings/line?n=1`, `${brightwater}/accounts/main/settings/device`, `${brightwater}/settings/own?name=snom:vlan_id`, `${brightwater}/phones/${mac.toLowerCase()}/preview`,
  `${brightwater}/ztp/snom/rotate`, `${brightwater}/ztp/snom/disable`, '/platforms/norddial/ztp/snom/connect',
  `${brightwater}|#b-snom-rotate`, `${brightwater}|#b-snom-disable`, '/platforms/norddial|#b-snom-connect',
  `${brightwater}/offboard`, '/offboardings', 'offboarded', '/vendors', '/vendors/snom/reconciliation', '/setting-rollouts', `${brightwater}/resync`, '/campaigns', 'campaign', 'campaign/cancel', '/vendors/snom/campaigns/onboard', '/vendors/snom/campaigns/adopt', '/health', '/audit', '/settings', '/nowhere',
];

// here fills in addresses that are known only when their things were made.
const here = address => address.replace(/^campaign/, campaign).replace(/^many/, many).replace(/^imported/, imported).replace(/^offboarded/, offboarded);

async function look(page, address, faults) {
  const [path, button] = here(address).split('|');
  await page.goto(product.url + path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready);
  if (button) {
    await page.click(button);
    await page.waitForSelector('dialog[open]');
  }
  const wider = await sidewaysScroll(page);
  if (wider > 0) faults.push(`${address}: ${wider} px wider than the window`);
  for (const f of await cutOff(page)) faults.push(`${address}: cut off: ${f}`);
  await page.emulateMedia({ colorScheme: 'light' });
  for (const f of await accessibilityFaults(page)) faults.push(`${address}: ${f}`);
  await page.emulateMedia({ colorScheme: 'dark' }); // the same page in other colours
  for (const f of await accessibilityFaults(page, 'color-contrast')) faults.push(`${address}, dark: ${f}`);
}

for (const width of [1280, 390]) {
  test(`every page at ${width} px, light and dark`, async () => {
    const page = await visit(browser, product, people.ops, { viewport: { width, height: 900 }, hasTouch: width < 600, isMobile: width < 600 });
    page.expected.push(404);
    const faults = [];
    for (const address of pages) await look(page, address, faults);
    assert.deepEqual([...faults, ...page.faults], []);
    await page.context().close();
  });
}

test('nothing scrolls sideways or is cut off, from 320 px up', async () => {
  const page = await visit(browser, product, people.ops);
  page.expected.push(404);
  const wide = [];
  for (const address of pages.filter((p) => !p.includes('|'))) {
    await page.goto(product.url + here(address));
    for (const width of [320, 480, 768, 800, 1024, 1100]) {
      await page.setViewportSize({ width, height: 700 });
      const over = await sidewaysScroll(page);
      if (over > 0) wide.push(`${address}: ${over} px too wide at ${width}`);
      wide.push(...(await cutOff(page)).map((f) => `${address} at ${width}: ${f}`));
    }
  }
  assert.deepEqual([...wide, ...page.faults], []);
  await page.context().close();
});

test('a viewer\'s pages, and the page to sign in', async () => {
  const page = await visit(browser, product, people.guest);
  const faults = [];
  for (const address of ['/platforms', brightwater, '/health', '/audit', '/settings', `${brightwater}/accounts/main`]) await look(page, address, faults);
  await page.context().clearCookies();
  await look(page, '/sign-in', faults);
  assert.deepEqual([...faults, ...page.faults], []);
  await page.context().close();
});

test('the bar that says why writing has stopped has its glyph beside the words', async () => {
  await product.api.ask('PUT', '/vendor-writes', { on: false, reason: 'a look' });
  const page = await visit(browser, product, people.ops);
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 700 });
    const [bar, glyph] = [await page.locator('.notice-stop p').first().boundingBox(), await page.locator('.notice-stop svg').boundingBox()];
    const words = await page.evaluate(() => {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector('.notice-stop p').lastChild);
      return range.getClientRects()[0].top;
    });
    assert.ok(words < glyph.y + glyph.height, `at ${width} px the words begin at ${words}, below the glyph at ${glyph.y} to ${glyph.y + glyph.height} in ${bar.height}`);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
  await product.api.ask('PUT', '/vendor-writes', { on: true });
});

// tab goes on to the next stop and tells what it is.
async function tab(page) {
  await page.keyboard.press('Tab');
  return page.evaluate(() => {
    const e = document.activeElement;
    const box = e.getBoundingClientRect();
    const style = getComputedStyle(e);
    const ring = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    return { text: e.textContent.trim().replace(/\s+/g, ' '), id: e.id, ring, wide: box.width, high: box.height };
  });
}

test('the account menu closes by Escape and by a press elsewhere', async () => {
  const page = await visit(browser, product, people.ops);
  const menu = page.locator('details.user');
  await menu.locator('summary').focus();
  await page.keyboard.press('Enter');
  await menu.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.keyboard.press('Escape');
  await menu.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'SUMMARY', 'the focus did not come back');
  await menu.locator('summary').click();
  await page.locator('h1').click();
  await menu.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'hidden' });
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('onboard by keyboard alone', async () => {
  const slug = await product.api.platform('By Keyboard');
  const page = await visit(browser, product, people.ops);
  await page.goto(`${product.url}/platforms/${slug}`);
  let stop, stops = 0;
  for (stop = await tab(page); stop.id !== 'b-snom-onboard'; stop = await tab(page)) {
    assert.ok(stop.ring, `no ring around ${stop.text}`);
    assert.ok(stops++ < 40, 'Onboard is not reached');
  }
  assert.ok(stop.ring && stop.high >= 24 && stop.wide >= 24);
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Onboard Snom?');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('dialog[open]').isVisible(), 'Enter on the question is taken for an answer');
  assert.equal((await tab(page)).text, 'Cancel');
  await page.keyboard.press('Escape');
  await page.locator('dialog[open]').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement.id), 'b-snom-onboard', 'the focus did not come back');

  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open]');
  for (stop = await tab(page); stop.text !== 'Onboard Snom'; stop = await tab(page)) assert.ok(stop.ring && stops++ < 60, stop.text);
  await page.keyboard.press('Enter');
  await page.locator('#ztp-snom').getByText('Snom onboarded').first().waitFor();
  await page.waitForFunction(() => document.activeElement.matches('#ztp-snom .msg'));
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
