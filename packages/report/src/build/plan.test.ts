import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
import type { Records } from '@monosema/trainer/records';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixtureSizes, writeFixture } from '../testing/index.ts';
import type { Site } from '../view/site.ts';
import { bundleScripts } from './client-scripts.ts';
import { loadSite } from './load-site.ts';
import { planPages } from './plan.ts';
import { writeSite } from './write-site.ts';

let root: string;
let records: Records;
/** Of the site that is written: too few for the records to be handed out, or for whole pages of all features. */
const MAX_BYTES = 6_000_000;

let site: Site;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'plan-'));
  writeFixture(join(root, 'records'));
  records = openRecords(join(root, 'records'));
  site = await loadSite(records, 'plan', [], MAX_BYTES);
  // A busy machine writes slowly.
}, 120_000);
afterAll(() => rmSync(root, { recursive: true }));

const features = Object.values(fixtureSizes).reduce((sum, size) => sum + size, 0);
const count = (whole: (dictionary: string, index: number) => boolean): number =>
  Object.entries(fixtureSizes).reduce(
    (sum, [id, size]) => sum + Array.from({ length: size }, (_, i) => i).filter((i) => whole(id, i)).length,
    0,
  );

test('all features have whole pages where they fit, and nothing need be said', async () => {
  const plan = await planPages(site, records, { left: 1e9, beside: 0 }, 2000);
  expect(count(plan.whole)).toBe(features);
  expect(plan.sentence).toBeUndefined();
});

test('where they do not, those that a finding names come first, then the most active', async () => {
  const plan = await planPages(site, records, { left: 6_500_000, beside: 0 }, 2000);
  const whole = count(plan.whole);
  expect(whole).toBeGreaterThan(20);
  expect(whole).toBeLessThan(features / 2);
  for (const { dictionary, feature } of site.study.domainFeatures) {
    expect(plan.whole(dictionary, feature)).toBe(true);
  }
  expect(plan.sentence).toMatch(
    new RegExp(`^${whole} of ${features} features have whole pages .* a larger maxBytes gives more`),
  );
  const none = await planPages(site, records, { left: 100_000, beside: 0 }, 2000);
  expect(count(none.whole)).toBe(0);
  expect(none.sentence).toContain('more than maxBytes allows');
});

test('a site keeps its budget, and every feature has a page', async () => {
  const folder = join(root, 'site');
  mkdirSync(folder);
  const shell = '<title>%%monosema-title%%</title>%%monosema-head%%%%monosema-body%%';
  for (const file of ['index.html', 'monosema-shell.html']) writeFileSync(join(folder, file), shell);
  const said: string[] = [];
  await writeSite(site, records, {
    folder,
    base: '/',
    address: undefined,
    citation: undefined,
    pages: ['index.html', 'monosema-shell.html'],
    scripts: await bundleScripts(false),
    maxBytes: MAX_BYTES,
    say: (sentence) => said.push(sentence),
  });
  expect(said).toHaveLength(1);
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  // Weights are judged by a sample.
  expect(bytes).toBeLessThan(1.05 * MAX_BYTES);
  expect(bytes).toBeGreaterThan(0.8 * MAX_BYTES);
  let short = 0;
  for (const [id, size] of Object.entries(fixtureSizes)) {
    for (let index = 0; index < size; index++) {
      const html = readFileSync(join(folder, id, `${index}.html`), 'utf8');
      if (!html.includes('A short page')) continue;
      short++;
      expect(Buffer.byteLength(html), `${id}/${index}`).toBeLessThan(8_000);
      if (index % 17 !== 16)
        expect(html, `${id}/${index}`).toMatch(/<section class="grp ex" id=top>.*<b><j-/s);
    }
  }
  expect(short).toBeGreaterThan(features / 2);
});
