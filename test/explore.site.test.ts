import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, until, visit } from './site/browser.ts';
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

const wide = { viewport: { width: 1440, height: 900 } };
const names = (page: Page, selector: string): Promise<string[]> =>
  page.locator(selector).evaluateAll((found) => found.map((each) => each.textContent ?? ''));

test('a feature divides as the slider goes over the widths, and the address keeps both', async () => {
  const still = await visit(browser, site.folder, 'splits.html', { javaScriptEnabled: false });
  expect(await names(still.page, '.tree > li > ul > li > .node .f')).toEqual(['A/1·1', 'A/1·2', 'A/1·3']);
  const { page, complaints } = await visit(browser, site.folder, 'splits.html', wide);
  // The records of feature 2 have three children in A/1, each of which has three in A/2.
  await page.getByRole('spinbutton', { name: 'Feature' }).fill('2');
  await until(page, `document.querySelector('.tree .f').textContent === 'A/0·2'`);
  expect(await names(page, '.tree > li > ul > li > .node .f')).toEqual(['A/1·6', 'A/1·7', 'A/1·8']);
  const slider = page.getByRole('slider', { name: /width/ });
  await slider.focus();
  await page.keyboard.press('ArrowRight');
  await page.waitForURL(/feature=A%2F0%2F2&width=2/);
  await page.waitForSelector('.tree ul ul');
  expect(await names(page, '.tree ul ul > li:first-child > .node .f')).toEqual([
    'A/2·18',
    'A/2·21',
    'A/2·24',
  ]);
  expect(await names(page, '.tree ul ul .edge')).toHaveLength(9);
  expect(await slider.getAttribute('aria-valuetext')).toBe('A/2, 300 features');
  await page.keyboard.press('Home');
  await until(page, `!document.querySelector('.tree ul')`);
  await page.getByRole('button', { name: 'next split' }).click();
  await until(page, `document.querySelector('.tree .f').textContent === 'A/0·0'`);
  await page.goBack();
  await until(page, `document.querySelector('.tree .f').textContent === 'A/0·2'`);
  expect(complaints).toEqual([]);
  await page.context().close();
  await still.page.context().close();
});

test('one walks from feature to feature until a cycle closes, and the address keeps the way', async () => {
  const { page, complaints } = await visit(browser, site.folder, 'automata.html', wide);
  expect(await page.locator('.cycle a').count()).toBeGreaterThan(2);
  const after = page.getByRole('region', { name: 'After' });
  await after.getByRole('button').waitFor();
  // Of 24 features each leads to the next but one, so that twelve steps would close; back again takes two.
  await after.getByRole('button', { name: /^2 / }).click();
  await page.waitForURL(/way=0\+2$/);
  await until(page, `document.activeElement.getAttribute('href') === 'A/1/2.html'`);
  await page.getByRole('button', { name: '0', exact: true }).click();
  await page.waitForURL(/way=0$/);
  const address = page.url().replace(/way=.*/, 'way=0+2+0');
  await page.goto(address);
  await page.getByText('a cycle of 2').waitFor();
  await page.getByRole('button', { name: 'Walk from here' }).nth(1).click();
  await page.waitForURL(/way=1$/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('a text is shaded by a feature, which the address keeps; all of its features are listed', async () => {
  const { page, complaints } = await visit(browser, site.folder, 'texts/prose.html', wide);
  const rows = page.locator('table.tokens tbody tr');
  // The fixture's token at place i has i mod 20 features.
  expect(await rows.nth(19).locator('.active a').count()).toBe(19);
  await page
    .getByRole('button', { name: /^Shade/ })
    .first()
    .click();
  await page.waitForURL(/\?feature=\d+$/);
  const shaded = await page.locator('.whole a:not([data-shade="0"])').count();
  expect(shaded).toBeGreaterThan(0);
  const { page: again } = await visit(browser, new URL(page.url().replace(/texts\/.*/, '')), page.url());
  await expect.poll(() => again.locator('.whole a:not([data-shade="0"])').count()).toBe(shaded);
  await page.goBack();
  await until(page, `!document.querySelector('.whole a:not([data-shade="0"])')`);
  expect(complaints).toEqual([]);
  await page.context().close();
  await again.context().close();
});
