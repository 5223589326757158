// Several people at one row, with a vendor so slow that everybody can look on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

// What happens on one page shows on every other open page within this time.
const within = 3000;

let browser, product;
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct({ latency: '350ms' })]);
  await product.seed();
});
after(async () => { await browser?.close(); await product?.stop(); });

const row = (page) => page.locator('#ztp-snom');
const status = (page) => row(page).locator('.row-name .status');

async function at(slug, who) {
  const page = await visit(browser, product, who);
  await page.goto(`${product.url}/platforms/${slug}`);
  return page;
}

test('one operation, seen by everybody within three seconds', async () => {
  const slug = await product.api.platform('Two Browsers');
  const [mine, theirs, viewers, list] = await Promise.all([at(slug, people.ops), at(slug, people.ops), at(slug, people.guest), visit(browser, product, people.ops)]);
  for (const page of [mine, theirs]) {
    await page.click('#b-snom-onboard');
    await page.waitForSelector('dialog[open]');
  }
  await mine.click('dialog[open] [type=submit]');
  const shows = (part, text) => part.getByText(text, { exact: true }).first().waitFor({ timeout: within });
  await Promise.all([shows(status(theirs), 'Onboarding'), shows(status(viewers), 'Onboarding'), shows(list.locator('#list'), 'Snom: onboarding')]);
  for (const page of [theirs, viewers]) {
    await row(page).getByText(/Started by ops@example.net|Started by you/).waitFor();
    const on = row(page).locator('.row-acts button:not([disabled])');
    assert.equal(await on.count(), 0, 'a button is on while something is under way');
  }

  // The other one's question was put before; now it is refused, and nothing is begun.
  theirs.expected.push(409);
  await theirs.click('dialog[open] [type=submit]');
  await row(theirs).getByText('Another change is running').first().waitFor();

  await row(mine).getByText('Snom onboarded').first().waitFor({ timeout: 20_000 });
  await Promise.all([shows(status(theirs), 'Configured'), shows(status(viewers), 'Configured'), shows(list.locator('#list'), 'Snom: configured')]);
  assert.equal(await row(viewers).locator('.msg').count(), 0, 'news are for whoever did it');
  assert.deepEqual(await product.snom.changes(), ['POST companies', 'POST tokens', 'POST provisioning-profiles']);
  for (const page of [mine, theirs, viewers, list]) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});

test('a question that was put aside stays closed when the row changes', async () => {
  const slug = await product.api.platform('Put Aside');
  const page = await at(slug, people.ops);
  await page.click('#b-snom-onboard');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  await product.api.onboard(slug);
  await status(page).getByText('Configured', { exact: true }).waitFor({ timeout: within });
  assert.equal(await page.locator('dialog').count(), 0);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a page that was left alone does not lose its place', async () => {
  const slug = await product.api.platform('Typed Meanwhile');
  await product.api.onboard(slug);
  await product.api.phone(slug, '000413A27F10');
  const [mine, theirs] = await Promise.all([at(slug, people.ops), at(slug, people.ops)]);
  await mine.click('#b-snom-rotate');
  await mine.waitForSelector('dialog[open]');
  await theirs.fill('#f-q', 'Recep');
  await mine.click('dialog[open] [type=submit]');
  await status(theirs).getByText('Rotating', { exact: true }).waitFor();
  await status(theirs).getByText('Configured', { exact: true }).waitFor({ timeout: 20_000 });
  assert.equal(await theirs.evaluate(() => document.activeElement.id), 'f-q', 'the focus was taken');
  assert.equal(await theirs.inputValue('#f-q'), 'Recep');
  await theirs.waitForFunction(() => /configured/i.test(document.querySelector('#live').textContent));
  for (const page of [mine, theirs]) {
    assert.deepEqual(page.faults, []);
    await page.context().close();
  }
});
