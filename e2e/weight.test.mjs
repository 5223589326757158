// What a page costs: bytes and requests, cold and warm, and how far things move
// while the fonts arrive.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

let browser, product, slug;
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct()]);
  await product.seed();
  slug = await product.api.platform('Brightwater Voice');
  await product.api.onboard(slug);
  for (let i = 0; i < 26; i++) await product.api.phone(slug, `000413A27F${(16 + i).toString(16)}`);
});
after(async () => { await browser?.close(); await product?.stop(); });

// weigh opens a page and gives what came over the wire until it was loaded.
async function weigh(page, path) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const local = new Set(); // what no request was made for
  let bytes = 0, requests = 0;
  cdp.on('Network.responseReceived', (e) => {
    if (e.response.fromDiskCache || e.response.url.startsWith('data:')) local.add(e.requestId);
  });
  cdp.on('Network.requestServedFromCache', (e) => local.add(e.requestId));
  cdp.on('Network.loadingFinished', (e) => {
    if (local.has(e.requestId)) return;
    requests++;
    bytes += e.encodedDataLength;
  });
  await page.goto(product.url + path, { waitUntil: 'load' });
  await page.evaluate(() => document.fonts.ready);
  await cdp.detach();
  return { bytes, requests };
}

for (const path of ['/platforms', 'platform', '/audit']) {
  test(`${path}, cold and warm`, async () => {
    const address = path === 'platform' ? `/platforms/${slug}` : path;
    const first = await visit(browser, product, people.ops);
    const cookies = await first.context().cookies();
    await first.context().close();
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.addInitScript(() => {
      globalThis.moved = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((e) => { globalThis.moved += e.value; })).observe({ type: 'layout-shift', buffered: true });
    });
    const cold = await weigh(page, address);
    const moved = await page.evaluate(() => globalThis.moved);
    const warm = await weigh(page, address);
    console.log(`${address}: cold ${cold.bytes} B in ${cold.requests}, warm ${warm.bytes} B in ${warm.requests}, moved ${moved.toFixed(4)}`);
    assert.ok(cold.bytes <= 100_000 && cold.requests <= 8, `cold: ${cold.bytes} bytes in ${cold.requests} requests`);
    assert.ok(warm.bytes <= 15_000 && warm.requests === 1, `warm: ${warm.bytes} bytes in ${warm.requests} requests`);
    assert.ok(moved <= 0.02, `things moved by ${moved}`);
    await context.close();
  });
}
