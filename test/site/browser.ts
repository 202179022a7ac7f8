import { pathToFileURL } from 'node:url';
import sparticuz from '@sparticuz/chromium';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Starts the headless Chromium that comes as a package. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: await sparticuz.executablePath(),
    args: [...sparticuz.args.filter((argument) => argument !== '--single-process'), ...flags],
  });
}

/** A page together with everything it complained about and asked for. */
export interface WatchedPage {
  page: Page;
  complaints: string[];
  requests: string[];
}

/** Opens a file of the site and watches its console and its requests. */
export async function visit(
  browser: Browser,
  site: string | URL,
  file: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => requests.push(request.url()));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  const base = typeof site === 'string' ? pathToFileURL(`${site}/`) : site;
  await page.goto(new URL(file, base).href);
  return { page, complaints, requests };
}

/**
 * Waits until an expression holds in the page. Playwright's own waitForFunction evaluates it inside the page, which
 * the site's policy forbids from the second look on; this asks from outside each time.
 */
export async function until(page: Page, expression: string): Promise<void> {
  await expect
    .poll(() => page.evaluate<boolean>(expression), { timeout: 20_000, message: expression })
    .toBe(true);
}
