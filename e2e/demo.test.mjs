// The demo as a newcomer goes through it: everything by clicks, from the first
// refusal to the phone that finds its way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { cutOff, launch, sidewaysScroll, visit } from './browser.mjs';
import { startDemo } from './product.mjs';

let browser, demo;
before(async () => { [browser, demo] = await Promise.all([launch(), startDemo()]); });
after(async () => { await browser?.close(); await demo?.stop(); });

const row = (page) => page.locator('#ztp-snom');
const press = (page, name) => page.getByRole('button', { name }).first().click();

// The demo's navigation has an entry more, the desk: nothing of it may be cut off.
for (const width of [390, 320]) {
  test(`navigation and desk at ${width} px`, async () => {
    const page = await visit(browser, demo, demo.demo, { viewport: { width, height: 800 }, hasTouch: true, isMobile: true });
    const beyond = await page.locator('.nav a').evaluateAll((links) => links.filter((a) => {
      const box = a.getBoundingClientRect();
      return box.left < 0 || box.right > innerWidth || box.height < 24;
    }).map((a) => a.textContent));
    assert.deepEqual(beyond, []);
    assert.equal(await page.locator('.nav a').count(), 6);
    await page.getByRole('link', { name: 'Demo desk' }).click();
    await page.waitForURL(`${demo.desk}/**`);
    assert.equal(await sidewaysScroll(page), 0);
    assert.deepEqual([...await cutOff(page), ...page.faults], []);
    await page.context().close();
  });
}

test('a newcomer\'s story', async () => {
  const page = await visit(browser, demo, demo.demo);
  const desk = await page.context().newPage();

  // Without the reseller credential the question says so, in place of its button.
  await desk.goto(demo.desk);
  await press(desk, 'Remove the credential');
  await page.goto(`${demo.url}/platforms/brightwater`);
  await page.click('#b-snom-onboard');
  await page.getByRole('alertdialog').getByText('Reseller credentials not configured in this environment').waitFor();
  assert.equal(await page.locator('dialog button[type=submit]').count(), 0);
  await press(desk, 'Restore the credential');
  await page.getByRole('link', { name: 'Check again' }).click();
  await page.click('dialog button[type=submit]');
  await row(page).getByText('Snom created the company').waitFor();

  const mac = (await desk.locator('[id^=phone-]').first().getAttribute('id')).slice('phone-'.length);
  await page.click('#b-add-phone');
  await page.fill('[name=mac]', mac);
  await page.click('main form.form button[type=submit]');
  await page.locator('#phone-card').getByText('Phone registered').waitFor();
  await press(desk, 'Boot');
  await desk.getByText('In service, provisioned by zerotouch').waitFor();
  assert.deepEqual(page.faults, []);
  await page.context().close();
});
