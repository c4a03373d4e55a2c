// A person with a browser. Whatever a page complains about fails the test it happened in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const out = new URL('./out/', import.meta.url).pathname;
const base = process.env.CONSOLE;

let browser;
before(async () => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
});
after(() => browser?.close());

/** A test with a page of its own. `options` are those of a browser context, such as its viewport. */
export function visit(promise, options, story) {
  if (!story) [options, story] = [{}, options];
  test(promise, async () => {
    const context = await browser.newContext({ baseURL: base, viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (said) => ['error', 'warning'].includes(said.type()) && complaints.push(said.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => {
      // Leaving a page ends its stream of events and what it had still to load.
      if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`${request.url()} failed`);
    });
    try {
      await story(page);
      assert.deepEqual(complaints, [], 'the browser complained');
    } finally {
      await screenshot(page, promise);
      await context.close();
    }
  });
}

/** Says yes to the page's "Are you sure?" */
export async function sure(page) {
  await page.getByRole('dialog').getByRole('button', { name: 'Yes' }).click();
}

/** Kept as build output. */
export async function screenshot(page, name) {
  await page.screenshot({ path: `${out}${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`, fullPage: true });
}

/** Fails with what axe-core finds that is serious or worse. */
export async function accessible(page) {
  // Through the debugger, which the page's own content security policy does not bind.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document));
  const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const told = serious.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target).join(', ')})`);
  assert.deepEqual(told, [], `axe-core about ${page.url()}`);
}

/** Nothing of the page is to the right of what the window shows. */
export async function fitsItsWindow(page) {
  const { wide, window } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  assert.ok(wide <= window, `${page.url()} is ${wide} px wide in a window of ${window} px`);
}
