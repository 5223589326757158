// Every state of the card, wide and narrow, light and dark: the rows that the Go
// tests draw from made-up links, in the product's own stylesheet. ZEROTOUCH_SHOTS
// names a folder for pictures of them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import { accessibilityFaults, cutOff, launch, sidewaysScroll } from './browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
let browser, dir, address;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zerotouch-card-'));
  const file = join(dir, 'card.html');
  await Promise.all([
    cp(join(root, 'internal/web/static'), join(dir, 'static'), { recursive: true }),
    promisify(execFile)('go', ['test', './internal/web', '-run', '^TestCardPage$', '-count=1'], { cwd: root, env: { ...process.env, ZEROTOUCH_CARD_PAGE: file } }),
    launch().then((b) => { browser = b; }),
  ]);
  address = pathToFileURL(file).href;
});
after(async () => {
  await browser?.close();
  await rm(dir, { recursive: true, force: true });
});

for (const width of [1280, 390, 320]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`every state at ${width} px, ${colorScheme}`, async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      await page.goto(address);
      await page.evaluate(() => document.fonts.ready);
      assert.ok(await page.locator('li.row').count() > 30);
      assert.equal(await sidewaysScroll(page), 0);
      assert.deepEqual([...await cutOff(page), ...await accessibilityFaults(page, ...(colorScheme === 'dark' ? ['color-contrast'] : []))], []);
      const shots = process.env.ZEROTOUCH_SHOTS;
      if (shots) await page.screenshot({ path: join(shots, `card-${width}-${colorScheme}.png`), fullPage: true });
      await context.close();
    });
  }
}
