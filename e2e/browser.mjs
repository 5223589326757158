// The browser of the tests: Debian's Chromium, headless, silent on the network
// except for the pages that a test opens.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

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
// fault, with the first element that has it. axe comes in as a debugger's script,
// so the page's own Content-Security-Policy stays in force. With rules, only these
// are looked at.
export async function accessibilityFaults(page, ...rules) {
  await page.evaluate(axe);
  const options = { resultTypes: ['violations'], ...(rules.length && { runOnly: rules }) };
  const { violations } = await page.evaluate((o) => globalThis.axe.run(o), options);
  return violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}, first ${v.nodes[0].target.join(' ')})`);
}

// sidewaysScroll is how many pixels a page is wider than its window.
export function sidewaysScroll(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

// cutOff lists what of a page can't be seen although it takes up room: text that a
// box hides or lets scroll sideways. What is hidden on purpose is read out instead.
export function cutOff(page) {
  return page.evaluate(() => [...document.querySelectorAll('body *')].filter((e) => {
    if (e.closest('.vh, thead, [hidden], dialog:not([open])') || ['INPUT', 'SELECT', 'OPTION'].includes(e.tagName)) return false;
    const style = getComputedStyle(e);
    return style.overflowX !== 'visible' && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1;
  }).map((e) => `${e.tagName.toLowerCase()}.${e.className}: ${e.scrollWidth} px of text in ${e.clientWidth}`));
}

// visit opens a context and signs in. page.faults collects what the browser
// complains about: what the Content-Security-Policy refused, what a script threw,
// and answers of 400 and more that the test has not announced in page.expected.
export async function visit(browser, product, who, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  page.faults = [];
  page.expected = [];
  page.on('pageerror', (err) => page.faults.push(`thrown: ${err.message}`));
  page.on('console', (m) => {
    if (!['error', 'warning'].includes(m.type()) || m.text().startsWith('Failed to load resource')) return;
    page.faults.push(`${m.type()}: ${m.text().slice(0, 300)}`);
  });
  page.on('response', (r) => {
    if (r.status() >= 400 && !page.expected.includes(r.status())) page.faults.push(`${r.request().method()} ${r.url()}: ${r.status()}`);
  });
  await page.goto(`${product.url}/sign-in`);
  await page.fill('[name=username]', who.name);
  await page.fill('[name=password]', who.password);
  await page.click('main button[type=submit]');
  await page.waitForURL('**/platforms');
  return page;
}
