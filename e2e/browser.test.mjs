// The test tools themselves: if axe found nothing anywhere, every page would pass.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessibilityFaults, launch } from './browser.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const wrap = (body) => `<!doctype html><html lang="en"><head><title>Probe</title></head><body><main><h1>Probe</h1>${body}</main></body></html>`;

test('axe passes a clean page', async () => {
  const page = await browser.newPage();
  await page.setContent(wrap('<label>Name <input name="name"></label><button>Save</button>'));
  assert.deepEqual(await accessibilityFaults(page), []);
});

test('axe finds planted faults', async () => {
  const page = await browser.newPage();
  await page.setContent(wrap('<input name="name"><button></button>'));
  const faults = (await accessibilityFaults(page)).join('\n');
  assert.match(faults, /^label:/m);
  assert.match(faults, /^button-name:/m);
});

test('axe finds a planted contrast, and that alone where it is asked for it', async () => {
  const page = await browser.newPage();
  await page.setContent(wrap('<p style="color: #999; background: #fff">Pale</p><button></button>'));
  const faults = await accessibilityFaults(page, 'color-contrast');
  assert.equal(faults.length, 1);
  assert.match(faults[0], /^color-contrast:/);
});
