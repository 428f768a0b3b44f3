// SPDX-License-Identifier: BSL-1.0
//
// The system's Chromium, driven by playwright-core.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const path = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export function launch() {
  // Without a sandbox: tests run as root in containers.
  return chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A page whose console is kept: `page.lines`. */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.lines = [];
  page.on('console', message => page.lines.push(message.text()));
  page.on('pageerror', error => page.lines.push(`uncaught: ${error.message}`));
  page.on('requestfailed', request => page.lines.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  await page.goto(url);
  return page;
}

/** Waits until `what()` in the page is true; `limit` is only the time after which it counts as failed. */
export function until(page, what, argument, limit = 30000) {
  return page.waitForFunction(what, argument, { timeout: limit, polling: 50 });
}
