// The portal with script: the journeys that pay, in a real browser, on the real
// binary, with the vendor's calls counted.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

let browser, product;
const open = [];
before(async () => {
  // Some latency, or there would be nothing to see of what is under way.
  [browser, product] = await Promise.all([launch(), startProduct({ latency: '40ms' })]);
  await product.seed();
});
after(async () => { await browser?.close(); await product?.stop(); });
afterEach(async () => {
  for (const page of open.splice(0)) {
    assert.deepEqual(page.faults, [], 'the browser complains');
    await page.context().close();
  }
});

// at opens a platform's page, signed in as somebody.
async function at(slug, who = people.ops) {
  const page = await visit(browser, product, who);
  open.push(page);
  await page.goto(`${product.url}/platforms/${slug}`);
  return page;
}

const row = (page) => page.locator('#ztp-snom');
const message = (page) => page.locator('#ztp-snom .msg .h').first().textContent();
const says = (page, text, timeout = 10_000) => row(page).getByText(text).first().waitFor({ timeout });
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());

// ask presses a button of the row and waits for the question.
async function ask(page, action) {
  await page.click(`#b-snom-${action}`);
  await page.waitForSelector('dialog[open]');
}

const confirm = (page) => page.click('dialog[open] [type=submit]');

// changesOf are the vendor's changes while something is done.
async function changesOf(what) {
  const before = (await product.snom.changes()).length;
  await what();
  return (await product.snom.changes()).slice(before);
}

test('from an empty portal to an onboarded platform', async () => {
  const page = await visit(browser, product, people.ops);
  open.push(page);
  await page.getByRole('heading', { name: 'No platforms yet' }).waitFor();
  await page.getByRole('link', { name: 'Add platform' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Brightwater Voice');
  await page.click('main form [type=submit]');
  await page.waitForURL('**/platforms/brightwater-voice');
  await says(page, 'Not configured');

  // The dialog knows already what is missing, and offers the way on in place of the button.
  await ask(page, 'onboard');
  await page.locator('dialog[open]').getByText('Account has no provisioning token').waitFor();
  assert.equal(await page.locator('dialog[open] .btn-act[type=submit]').count(), 0);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Set up first account' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Harbour Clinic');
  await page.click('main form [type=submit]');
  await page.getByRole('heading', { name: 'Account added' }).waitFor();
  await page.getByRole('link', { name: 'Done' }).click();

  const changes = await changesOf(async () => {
    await ask(page, 'onboard');
    await confirm(page);
    await says(page, 'Waiting for Snom.');
    await says(page, 'Snom onboarded');
  });
  assert.deepEqual(changes, ['POST companies', 'POST tokens', 'POST provisioning-profiles']);
  await says(page, 'Configured');
  const company = await product.snom.company('Brightwater Voice');
  assert.equal((await row(page).locator('.id code').first().textContent()).trim(), company.id);
  assert.match(await focused(page), /^Snom onboarded/);
});

test('a double click is one operation', async () => {
  const page = await at(await product.api.platform('Double Click'));
  await ask(page, 'onboard');
  const changes = await changesOf(async () => {
    // Quicker than any hand: twice by mouse, once more by the form itself.
    await page.evaluate(() => {
      const form = document.querySelector('dialog[open] form');
      form.querySelector('[type=submit]').click();
      form.querySelector('[type=submit]').click();
      form.requestSubmit();
    });
    assert.ok(await page.locator('#ztp-snom .row-acts button').evaluateAll((all) => all.every((b) => b.disabled)), 'buttons are on while it is sent');
    await says(page, 'Snom onboarded');
  });
  assert.deepEqual(changes, ['POST companies', 'POST tokens', 'POST provisioning-profiles']);
});

test('already onboarded: nothing is sent', async () => {
  const slug = await product.api.platform('Asked Twice');
  const page = await at(slug);
  await ask(page, 'onboard');
  await product.api.onboard(slug); // meanwhile, somewhere else
  const before = (await product.snom.calls()).length;
  await confirm(page);
  await says(page, 'Already onboarded');
  assert.equal((await product.snom.calls()).length, before);
  assert.match(await focused(page), /^Already onboarded/);
});

test('rotate and disable', async () => {
  const slug = await product.api.platform('Norddial');
  await product.api.onboard(slug);
  await product.api.phone(slug, '000413A27F10');
  const page = await at(slug);
  const before = await product.snom.company('Norddial');

  await ask(page, 'rotate');
  for (const part of ['This will', "This won't"]) await page.locator('dialog[open]').getByText(part).waitFor();
  await confirm(page);
  await says(page, 'Credentials rotated');
  const rotated = await product.snom.company('Norddial');
  assert.equal(rotated.id, before.id);
  assert.equal(rotated.keys.length, 1);
  assert.notEqual(rotated.keys[0].id, before.keys[0].id);
  assert.deepEqual(rotated.endpoints, before.endpoints);

  await ask(page, 'disable');
  await page.locator('dialog[open]').getByRole('button', { name: 'Disable Snom' }).click();
  await says(page, 'Snom disabled');
  await says(page, 'Not configured');
  const disabled = await product.snom.company('Norddial');
  assert.deepEqual(disabled.keys, []);
  assert.deepEqual(disabled.endpoints.map((e) => e.enabled), [false]);
});

test('both common errors stand in the row, and are cured without a restart', async () => {
  const slug = await product.api.platform('Mended');
  const page = await at(slug);
  page.expected.push(422, 503);
  await ask(page, 'onboard');
  await product.unseed();
  const sent = (await product.snom.calls()).length;
  await confirm(page);
  await row(page).locator('.msg-err').waitFor();
  assert.equal(await message(page), 'Reseller credentials not configured in this environment');
  await page.reload();
  assert.equal(await message(page), 'Reseller credentials not configured in this environment', 'gone after a reload');
  await product.seed();

  await page.locator('#ztp-snom .msg').getByRole('button', { name: /^Try again…/ }).click();
  await page.waitForSelector('dialog[open]');
  await product.api.ask('DELETE', `/platforms/${slug}/accounts/main`);
  await confirm(page);
  await row(page).getByText('Account has no provisioning token').waitFor();
  assert.equal(await message(page), 'Account has no provisioning token');
  assert.equal((await product.snom.calls()).length, sent, 'something was sent to Snom');

  await product.api.ask('POST', `/platforms/${slug}/accounts`, { name: 'Main' });
  await page.reload();
  await page.locator('#ztp-snom .msg').getByRole('button', { name: /^Try again…/ }).click();
  await page.waitForSelector('dialog[open]');
  await confirm(page);
  await says(page, 'Snom onboarded');
  assert.equal(await row(page).locator('.msg-err').count(), 0);
});

test('no answer from the portal: the row says so and the buttons come back', async () => {
  const page = await at(await product.api.platform('Cut Off'));
  await ask(page, 'onboard');
  await page.context().setOffline(true);
  await confirm(page);
  await says(page, 'No answer from the portal');
  assert.ok(await page.locator('#ztp-snom .row-acts button').evaluateAll((all) => all.every((b) => !b.disabled)));
  page.faults = page.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|Failed to fetch|htmx/.test(f));
});

test('a viewer sees everything and can change nothing', async () => {
  const slug = await product.api.platform('Looked At');
  await product.api.onboard(slug);
  const page = await at(slug, people.guest);
  await says(page, 'Configured');
  await page.getByText('Only super-admins can change this.').first().waitFor();
  assert.equal(await page.locator('#ztp-snom .row-acts button, #ztp-snom .row-acts a').count(), 0);
  const before = (await product.snom.calls()).length;
  // Forged: what the page does not offer is refused as well.
  const status = await page.evaluate((path) => fetch(path, { method: 'POST', body: new URLSearchParams({ op: 'a' }) }).then((r) => r.status), `/platforms/${slug}/ztp/snom/rotate`);
  assert.equal(status, 403);
  assert.equal((await product.snom.calls()).length, before);
  page.faults = page.faults.filter((f) => !f.endsWith(': 403'));
});
