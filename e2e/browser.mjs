// The browser of the tests: Debian's Chromium, headless, silent on the network
// except for the pages that a test opens.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

// Only pages on loopback are opened, so the sandbox, which needs a helper that
// not every machine has and which refuses root, is off.
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

// launch starts a browser; the test closes it. CHROMIUM names another binary.
export async function launch() {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} is missing; make test installs Chromium, or name one in CHROMIUM`);
  }
  return chromium.launch({ executablePath, args });
}

// accessibilityFaults runs axe on an open page and gives one line per kind of
// fault, with the first element that has it. Under a Content-Security-Policy the
// page's context must be made with bypassCSP.
export async function accessibilityFaults(page) {
  await page.addScriptTag({ path: axePath });
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}, first ${v.nodes[0].target.join(' ')})`);
}
