// Pages of other origins, in the browser of somebody who is signed in: they can
// neither act in that person's name nor show the portal inside their own page.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, visit } from './browser.mjs';
import { people, startProduct } from './product.mjs';

let browser, product;
const servers = [];
before(async () => {
  [browser, product] = await Promise.all([launch(), startProduct()]);
  await product.seed();
  await product.api.onboard(await product.api.platform('Brightwater Voice'));
});
after(async () => {
  servers.forEach((s) => s.close());
  await browser?.close();
  await product?.stop();
});

// site serves one page at another port of the host; it is another origin, and the
// same site, so that the browser sends the session cookie along.
async function site(html, host = new URL(product.url).hostname) {
  const server = createServer((_, res) => { res.setHeader('Content-Type', 'text/html'); res.end(`<!doctype html><title>Elsewhere</title>${html}`); });
  server.listen(0, host);
  await once(server, 'listening');
  servers.push(server);
  return `http://${host}:${server.address().port}/`;
}

const writes = ['rotate', 'disable', 'connect', 'check', 'onboard'].map((a) => `/platforms/brightwater-voice/ztp/snom/${a}`)
  .concat('/platforms', '/platforms/brightwater-voice/remove', '/platforms/brightwater-voice/accounts', '/settings/theme', '/sign-out');

for (const [where, host] of [['another port of this host', undefined], ['another host', '127.0.0.1']]) {
  test(`a form of ${where} is refused`, async () => {
    const page = await visit(browser, product, people.ops);
    const calls = (await product.snom.calls()).length;
    for (const path of writes) {
      await page.goto(await site(`<form method="post" action="${product.url}${path}"><input name="name" value="Forged"><button>Win</button></form>`, host));
      const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST'), page.click('button')]);
      assert.ok([403, 303].includes(answer.status()), `POST ${path}: ${answer.status()}`);
      // Without the cookie nobody is signed in, and the answer is the way to do so.
      if (answer.status() === 303) assert.match(answer.headers().location, /^\/sign-in/);
    }
    await page.goto(`${product.url}/platforms`);
    await page.getByRole('link', { name: 'Brightwater Voice' }).waitFor();
    assert.equal(await page.getByText('Forged').count(), 0);
    assert.equal((await product.snom.calls()).length, calls, 'something was sent to Snom');
    await page.context().close();
  });
}

test('a script elsewhere can neither send nor read', async () => {
  const page = await visit(browser, product, people.ops);
  await page.goto(await site(''));
  const got = await page.evaluate(async (base) => Promise.all(
    [['POST', '/platforms/brightwater-voice/ztp/snom/rotate'], ['GET', '/platforms'], ['GET', '/api/v1/platforms']].map(([method, path]) => fetch(base + path, { method, credentials: 'include' }).then((r) => `${method} ${path}: read ${r.status}`, () => 'refused')),
  ), product.url);
  assert.deepEqual(got, ['refused', 'refused', 'refused']);
  const { items } = await product.api.ask('GET', '/operations?platform=brightwater-voice');
  assert.deepEqual(items.map((o) => o.kind), ['onboard']);
  await page.context().close();
});

test('no page of another origin can frame the portal', async () => {
  const page = await visit(browser, product, people.ops);
  await page.goto(await site(`<iframe src="${product.url}/platforms/brightwater-voice"></iframe>`));
  await page.waitForLoadState('networkidle');
  assert.equal(await page.frames()[1].getByText('Brightwater Voice').count(), 0);
  assert.ok(page.faults.some((f) => /frame-ancestors/.test(f)), page.faults.join('\n'));
  await page.context().close();
});
