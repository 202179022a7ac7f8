import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from './site/browser.ts';
import { buildFixtureSite } from './site/fixture-site.ts';
import type { BuiltSite } from './site/fixture-site.ts';

let site: BuiltSite;
let browser: Browser;
beforeAll(async () => {
  site = buildFixtureSite();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
});

const kinds = [
  'index.html',
  'claims.html',
  'compare.html',
  'proxies.html',
  'splits.html',
  'splits.html?feature=A/0/3&width=2',
  'automata.html',
  'texts/index.html',
  'texts/hebrew.html',
  'rate.html',
  'method.html',
  'A/2/index.html',
  'A/2/index.html?order=max&at=3',
  'A/1/4.html',
  'A/1/11.html',
  'A/neurons/6.html',
];

/** Of a script, in milliseconds: a page that can be painted without it is. */
const DELAY = 150;

/** What was seen in two places. */
const MOVED = `new Promise((resolve) => {
  const moved = [];
  new PerformanceObserver((list) => moved.push(...list.getEntries().map(({ value, sources }) =>
    value.toFixed(4) + ' ' + sources.map(({ node }) => (node?.localName ?? node?.parentElement?.localName) + '.' + node?.className)
  ))).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(moved), 50);
})`;

/** Opens a page whose scripts and their data come late, and gives what moved until all of them had come. */
async function movedOn(
  file: string,
  options: BrowserContextOptions,
  kept: Record<string, string>,
): Promise<string[]> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await context.addInitScript(`Object.assign(localStorage, ${JSON.stringify(kept)})`);
  await page.route(/\.js\b/, async (route) => {
    await new Promise((resolve) => setTimeout(resolve, DELAY));
    await route.continue();
  });
  await page.goto(new URL(file, pathToFileURL(`${site.folder}/`)).href, { waitUntil: 'networkidle' });
  const moved = await page.evaluate<string[]>(MOVED);
  await context.close();
  return moved;
}

test.each([
  ['on a desk', { viewport: { width: 1440, height: 900 } }, {}],
  [
    'on a tablet where all context was chosen',
    { viewport: { width: 768, height: 1024 } },
    { 'monosema-context': 'yes' },
  ],
  ['on a phone', { viewport: { width: 390, height: 844 }, isMobile: true }, {}],
])('nothing that is seen moves while a page loads, %s', async (_, options, kept) => {
  const moved: { file: string; found: string[] }[] = [];
  const left = kinds.values();
  // Some at once, and not so many that a page would wait longer for the processor than it hides what has not come.
  const open = async (): Promise<void> => {
    for (const file of left) moved.push({ file, found: await movedOn(file, options, kept) });
  };
  await Promise.all([open(), open(), open()]);
  expect(moved).toHaveLength(kinds.length);
  expect(moved.filter(({ found }) => found.length > 0)).toEqual([]);
});
