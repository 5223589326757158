// The same story without script: every question is a page, every answer a page
// that may be reloaded.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, sidewaysScroll, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

let browser, product;
before(async () => { [browser, product] = await Promise.all([launch(), startProduct()]); });
after(async () => { await browser?.close(); await product?.stop(); });

const row = (page) => page.locator('#ztp-snom');

// reloadUntil does what somebody without script does, for ten seconds at most.
async function reloadUntil(page, done) {
  for (const late = Date.now() + 10_000; !(await done()); await page.reload()) {
    assert.ok(Date.now() < late, `still the same at ${page.url()}`);
  }
}

// act presses a button of the row, agrees on the page that asks, and reads the
// result as somebody does who reloads while it is under way.
async function act(page, button, title, agree) {
  await row(page).getByRole('button', { name: new RegExp(`^${button}…`) }).first().click();
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
  await page.getByText("This won't").waitFor();
  await page.locator('main').getByRole('button', { name: agree }).click();
  await reloadUntil(page, async () => !(await row(page).getByText('Reload to see the result.').isVisible()));
  assert.match(page.url(), /#ztp-snom$/);
}

const heading = (page) => row(page).locator('.msg .h').first().textContent();

test('the main job without JavaScript', async () => {
  const page = await visit(browser, product, people.ops, { javaScriptEnabled: false });
  await page.getByRole('link', { name: 'Add platform' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Kestrel Telecom');
  await page.click('main form [type=submit]');

  // Pressed before anything is in place: each refusal names its cure, and Onboard
  // works as soon as it is cured.
  const press = async () => {
    await row(page).getByRole('button', { name: /^(Onboard|Try again)…/ }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Onboard Snom?' }).waitFor();
  };
  await press();
  await page.getByText('Reseller credentials not configured in this environment').first().waitFor();
  assert.equal(await page.locator('main .btn-act[type=submit]').count(), 0, 'it can be sent all the same');
  await product.seed();
  await page.reload();
  await page.getByText('Account has no provisioning token').first().waitFor();
  await page.getByRole('link', { name: 'Set up first account' }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('Quayside');
  await page.click('main form [type=submit]');
  await page.getByRole('link', { name: 'Done' }).click();

  await act(page, 'Onboard', 'Onboard Snom?', 'Onboard Snom');
  assert.equal(await heading(page), 'Snom onboarded');
  const made = await product.snom.changes();
  assert.deepEqual(made, ['POST companies', 'POST tokens', 'POST provisioning-profiles']);
  await page.reload();
  assert.equal(await heading(page), 'Snom onboarded', 'the answer is no page to reload');
  assert.deepEqual(await product.snom.changes(), made, 'a reload did it again');

  await page.getByRole('link', { name: 'Add phone' }).first().click();
  await page.getByLabel('MAC address').fill('00 04 13 A2 7F 10');
  await page.click('main form [type=submit]');
  await reloadUntil(page, () => page.locator('#phone-card .is-ok').isVisible());
  await page.goto(`${product.url}/platforms/kestrel-telecom`);

  await act(page, 'Rotate', 'Rotate Snom credentials?', 'Rotate credentials');
  assert.equal(await heading(page), 'Credentials rotated');
  await act(page, 'Disable', 'Disable Snom?', 'Disable Snom');
  assert.equal(await heading(page), 'Snom disabled');
  const company = await product.snom.company('Kestrel Telecom');
  assert.deepEqual(company.keys, []);
  assert.deepEqual(company.endpoints.map((e) => e.enabled), [false]);
  await act(page, 'Onboard', 'Onboard Snom?', 'Onboard Snom');
  assert.equal((await product.snom.company('Kestrel Telecom')).endpoints[0].enabled, true);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('sent twice from two pages: already onboarded', async () => {
  const slug = await product.api.platform('Twice');
  const page = await visit(browser, product, people.ops, { javaScriptEnabled: false });
  await page.goto(`${product.url}/platforms/${slug}/ztp/snom/onboard`);
  await product.api.onboard(slug);
  const before = (await product.snom.calls()).length;
  await page.locator('main').getByRole('button', { name: 'Onboard Snom' }).click();
  assert.equal(await heading(page), 'Already onboarded');
  assert.equal((await product.snom.calls()).length, before);
  assert.equal(await sidewaysScroll(page).catch(() => 0), 0);
  await page.context().close();
});

test('a refused form says what is wrong beside the field, and keeps the rest', async () => {
  const page = await visit(browser, product, people.ops, { javaScriptEnabled: false });
  page.expected.push(422);
  const slug = await product.api.platform('Fields');
  await product.api.onboard(slug);
  await page.goto(`${product.url}/platforms/${slug}/phones/new`);
  await page.getByLabel('MAC address').fill('0004 13A2 7F');
  await page.locator('[name=name]').fill('Reception');
  await page.click('main form [type=submit]');
  const field = page.locator('[name=mac]');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  const described = await field.getAttribute('aria-describedby');
  assert.match(await page.locator(`#${described.split(' ').at(-1)}`).textContent(), /12/);
  assert.equal(await page.inputValue('[name=name]'), 'Reception');
  assert.match(await page.title(), /^Error:/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
