import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
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
const rows = (page: Page): Promise<string[]> => page.locator('table.list tbody th').allInnerTexts();
const said = (page: Page, words: RegExp): Promise<void> =>
  page.locator('output').filter({ hasText: words }).waitFor();
const preview = (page: Page): Promise<string> => page.getByRole('region', { name: 'Preview' }).innerText();

test('a list is found by text, by regular expression, by explanation and by example', async () => {
  const { page, complaints } = await visit(browser, site.folder, 'A/2/index.html', wide);
  const search = page.getByRole('searchbox');
  await search.fill('THE');
  await said(page, /^\d+ of 300$/);
  const byText = await rows(page);
  const chips = await page.locator('table.list tbody td.on').allInnerTexts();
  expect(chips.every((text) => text.includes('the'))).toBe(true);
  expect(byText.length).toBeGreaterThan(0);

  await page.getByRole('checkbox', { name: 'regular expression' }).check();
  await search.fill('^ the$|^<$');
  await said(page, /of 300/);
  await until(page, `document.querySelectorAll('table.list tbody tr').length > ${byText.length}`);
  const byExpression = await page.locator('table.list tbody td.on').allInnerTexts();
  expect(byExpression.every((text) => /the|</.test(text))).toBe(true);
  await search.fill('(');
  await said(page, /not a regular expression/);

  await page.getByRole('checkbox', { name: 'regular expression' }).uncheck();
  await page.getByLabel(/^in/).selectOption('explanations');
  await search.fill('after a <i>tag');
  await said(page, /^283 of 300$/);
  await page.getByLabel(/^in/).selectOption('examples');
  await search.fill('Licensor');
  await said(page, /^[1-9]\d? of 300$/);

  // Where nothing is found the list says what was asked, and one click asks for nothing.
  await page.getByLabel(/^Show/).selectOption('live');
  await search.fill('<i>nowhere');
  await said(page, /^0 of 300$/);
  const nothing = page.locator('table.list tbody');
  await nothing.getByText('Nothing is left by “<i>nowhere” in examples, show live.').waitFor();
  await nothing.getByRole('button', { name: 'Show all' }).click();
  await said(page, /^300 of 300$/);
  expect(new URL(page.url()).search).toBe('?where=examples');
  expect(await search.inputValue()).toBe('');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('the address keeps the state: it restores a list, and the back button goes a step back', async () => {
  const { page } = await visit(browser, site.folder, 'A/2/index.html', wide);
  await page.getByLabel(/^Show/).selectOption('dead');
  await said(page, /^17 of 300$/);
  await page.getByLabel(/^Order/).selectOption('random');
  await until(page, `document.querySelector('table.list tbody th').innerText !== '16'`);
  await page.getByLabel('Seed').fill('7');
  await page.waitForURL(/seed=7/);
  await said(page, /^17 of 300$/);
  const drawn = await rows(page);
  const address = page.url();
  await page.goBack();
  await until(page, `!location.search.includes('seed')`);
  expect(await page.getByLabel('Seed').inputValue()).toBe('1');
  await page.goBack();
  await until(page, `document.querySelector('table.list tbody th').innerText === '16'`);

  const again = await browser.newPage(wide);
  await again.goto(address);
  await said(again, /^17 of 300$/);
  expect(await rows(again)).toEqual(drawn);
  expect(await again.getByLabel(/^Show/).inputValue()).toBe('dead');
  await page.context().close();
  await again.context().close();
});

test('a list is narrowed by ranges of numbers and sorted by explanation score, and the address keeps both', async () => {
  const records = openRecords(join(site.folder, '../records'));
  const { explanationScore, activeTokens } = await records.columns('A/2', [
    'explanationScore',
    'activeTokens',
  ]);
  const density = (index: number): number =>
    (100 * activeTokens[index]!) / records.dictionary('A/2').evaluationTokens;
  const all = explanationScore.map((score, index) => ({ index, score }));
  // Both ends belong to it; features without a score do not.
  const scored = all.filter(({ score }) => score !== null && score >= 0.5 && score <= 0.9);
  const wanted = scored.filter(({ index }) => density(index) >= 2);
  expect(scored.length).toBeGreaterThan(wanted.length);
  expect(wanted.length).toBeGreaterThan(5);

  const { page, complaints } = await visit(browser, site.folder, 'A/2/index.html', wide);
  await page.getByText('Ranges').click();
  await page.getByLabel('explanation score from').fill('0.5');
  await page.getByLabel('explanation score to').fill('0.9');
  await said(page, new RegExp(`^${scored.length} of 300$`));
  await page.getByLabel('density, % from').fill('2');
  await said(page, new RegExp(`^${wanted.length} of 300$`));
  await page.getByRole('button', { name: 'score', exact: true }).click();
  await page.waitForSelector('th[data-by=score][aria-sort=descending]');
  const sorted = wanted.toSorted((a, b) => b.score! - a.score! || a.index - b.index);
  await expect.poll(() => rows(page)).toEqual(sorted.map(({ index }) => String(index)));
  expect(await page.locator('table.list tbody td:nth-child(6)').allInnerTexts()).toEqual(
    sorted.map(({ score }) => score!.toFixed(2)),
  );
  expect(new URL(page.url()).search).toBe('?order=score&density=2..&score=0.5..0.9');

  await page.reload();
  await said(page, new RegExp(`^${wanted.length} of 300$`));
  expect(await page.getByLabel('explanation score to').inputValue()).toBe('0.9');
  expect(await page.getByLabel('density, % to').inputValue()).toBe('');
  await page.getByLabel('density, % from').fill('');
  await page.getByLabel('explanation score to').fill('');
  await page.getByLabel('explanation score from').fill('');
  await said(page, /^300 of 300$/);
  // What was not scored says so, and comes last.
  await page.getByRole('button', { name: 'next' }).click();
  await page.getByRole('button', { name: 'next' }).click();
  await expect
    .poll(() => page.locator('table.list tbody tr:last-child td:nth-child(6)').innerText())
    .toBe('n/a');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('map and list are linked both ways, by pointer and by keys', async () => {
  const { page, complaints } = await visit(browser, site.folder, 'A/2/index.html', wide);
  const map = page.getByRole('application', { name: /^Map/ });
  const box = (await map.boundingBox())!;
  // Feature 22 stands in the second row and the third column of twenty.
  const side = Math.min(box.width, box.height) * 0.94;
  const at = {
    x: box.width / 2 + side * (2 / 19 - 0.5),
    y: box.height / 2 + side * ((1 + (19 - 14) / 2) / 19 - 0.5),
  };
  await map.hover({ position: at });
  await page.waitForSelector('tr.pointed');
  expect(await page.locator('tr.pointed th').innerText()).toBe('22');
  await until(page, `document.querySelector('.preview a').getAttribute('href') === '22.html'`);
  await map.click({ position: at });
  await page.waitForURL(/\?at=22$/);
  expect(await page.locator('tr[aria-current] th').innerText()).toBe('22');

  await page.locator('table.list tbody tr').nth(3).hover();
  await until(page, `document.querySelector('.preview a').getAttribute('href') === '3.html'`);
  await page.locator('table.list tbody td.on').nth(3).click();
  await page.waitForURL(/\?at=3$/);
  expect(await preview(page)).toContain('Where it is strongest');

  await map.focus();
  await page.keyboard.press('+');
  await page.keyboard.press('+');
  await page.keyboard.press('ArrowDown');
  await page.waitForURL(/map=/);
  await page.keyboard.press('Enter');
  await until(page, `!/at=3(&|$)/.test(location.search)`);
  await page.getByRole('checkbox', { name: 'only what the map shows' }).check();
  await said(page, /^\d+ of 300$/);
  const seen = Number((await page.locator('output').innerText()).split(' ')[0]);
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(283);
  await map.focus();
  await page.keyboard.press('0');
  await said(page, /^283 of 300$/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('keys go through a list and leave the chosen feature in the address', async () => {
  const { page } = await visit(browser, site.folder, 'A/2/by-density.html', wide);
  const listed = await rows(page);
  await page.waitForSelector('canvas:not([hidden])');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.waitForURL(new RegExp(`at=${listed[1]}$`));
  await page.keyboard.press('k');
  await page.waitForURL(new RegExp(`at=${listed[0]}$`));
  // So that Enter opens its page.
  await until(page, `document.activeElement.getAttribute('href') === '${listed[0]}.html'`);
  await page.keyboard.press('Escape');
  await page.waitForURL(/by-density\.html$/);
  await page.keyboard.press('/');
  await page.keyboard.type('zero');
  await page.waitForURL(/text=zero/);
  await page.goBack();
  // A button that goes with what it does leaves the keys at what it did.
  await page.getByRole('button', { name: 'density' }).press('Enter');
  await page.getByRole('button', { name: 'next →' }).press('Enter');
  await page.waitForURL(/page=2/);
  await until(page, `document.activeElement.ariaLabel === 'Features'`);
  await page.context().close();
});

test('on a phone what is chosen shows over the list, and closes', async () => {
  const { page } = await visit(browser, site.folder, 'A/2/index.html', {
    viewport: { width: 390, height: 844 },
  });
  const shown = page.getByRole('region', { name: 'Preview' });
  await page.getByRole('searchbox').waitFor();
  expect(await shown.isVisible()).toBe(false);
  await page.locator('table.list tbody td.on').nth(1).click();
  await shown.getByRole('link').first().waitFor();
  expect((await shown.boundingBox())!.y).toBeGreaterThan(300);
  await shown.getByRole('button', { name: 'Close' }).click();
  await until(page, `!location.search.includes('at=')`);
  expect(await shown.isVisible()).toBe(false);
  await page.context().close();
});

test('a feature leads to its row and to its place on the map, among those of other dictionaries', async () => {
  const { page, complaints } = await visit(browser, site.folder, 'A/2/210.html', wide);
  await page.getByRole('navigation', { name: 'Place' }).getByRole('link', { name: 'Dictionary' }).click();
  await page.waitForSelector('tr[aria-current]');
  expect(await page.locator('tr[aria-current] th').innerText()).toBe('210');
  await until(page, `document.querySelector('.preview a')?.getAttribute('href') === '210.html'`);
  const drawn = (): Promise<string> =>
    page.locator('canvas').evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
  const alone = await drawn();
  await page.getByRole('checkbox', { name: 'other dictionaries' }).check();
  await page.waitForURL(/beside=1/);
  await expect.poll(drawn, { timeout: 20_000 }).not.toBe(alone);
  // They are pointed at like those of the list, which here has none at their places.
  await page.getByLabel(/^Show/).selectOption('dead');
  await said(page, /^17 of 300$/);
  const map = page.getByRole('application', { name: /^Map/ });
  const box = (await map.boundingBox())!;
  const side = Math.min(box.width, box.height) * 0.94;
  const at = {
    x: box.width / 2 + side * (2 / 19 - 0.5),
    y: box.height / 2 + side * ((19 - 14) / 2 / 19 - 0.5),
  };
  await map.hover({ position: at });
  await until(page, `document.querySelector('.preview a').getAttribute('href') === '../../A/0/2.html'`);
  await map.click({ position: at });
  await page.waitForURL((address) => !address.searchParams.has('at'));
  expect(await preview(page)).toContain('A/0 2');
  expect(complaints).toEqual([]);
  await page.context().close();
});

test('without scripts a list has the same orders on pages of their own, and the map as a picture', async () => {
  const still = { javaScriptEnabled: false };
  const { page } = await visit(browser, site.folder, 'A/2/index.html', still);
  expect((await page.locator('.map path').getAttribute('d'))?.match(/M/g)).toHaveLength(283);
  expect(await page.locator('.ask').count()).toBe(0);
  expect(await rows(page)).toHaveLength(128);
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: '3' }).click();
  expect((await rows(page)).at(-1)).toBe('299');
  expect(await page.locator('th[aria-sort=ascending]').innerText()).toBe('feature');
  await page.getByRole('link', { name: 'density' }).click();
  expect(await page.locator('th[aria-sort=descending]').innerText()).toBe('density');
  const shares = (await page.locator('table.list tbody td:nth-child(3)').allInnerTexts()).map(
    Number.parseFloat,
  );
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  const densest = await rows(page);
  await page.getByRole('link', { name: 'explanation score' }).click();
  const scores = await page.locator('table.list tbody td:nth-child(6)').allInnerTexts();
  expect(scores).toEqual(scores.toSorted((a, b) => Number(b) - Number(a)));
  const best = await rows(page);
  const { page: moving } = await visit(browser, site.folder, 'A/2/index.html', wide);
  await moving.getByRole('button', { name: 'density' }).click();
  await moving.waitForSelector('th[aria-sort=descending]');
  expect(await rows(moving)).toEqual(densest);
  await moving.getByRole('button', { name: 'score', exact: true }).click();
  await moving.waitForSelector('th[data-by=score][aria-sort=descending]');
  expect(await rows(moving)).toEqual(best);
  await page.context().close();
  await moving.context().close();
});
