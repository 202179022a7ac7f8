import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSite } from '../build/load-site.ts';
import { writeFixture } from '../testing/index.ts';
import { claimsPage } from '../view/claims-page.ts';
import { ratingItems, ratingKey } from '../view/rate-items.ts';
import type { RatingView, Site } from '../view/site.ts';
import { readRatings } from './rating-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ratings-'));
let site: Site;
let rating: RatingView;

const load = (files: readonly string[]): Promise<Site> => loadSite(openRecords(folder), 'x', files);

beforeAll(async () => {
  writeFixture(folder, ['A/1', 'A/neurons']);
  site = await load([]);
  if (!site.rating) throw new Error('the fixture has nothing to rate');
  ({ rating } = site);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** A file as the rating page exports it: features get the most, neurons nothing. */
function exported(change: Record<string, unknown> = {}): string {
  const file = join(folder, 'anna.json');
  const ratings = rating.set.items.map(({ id, dictionary, feature, level }) => {
    const good = dictionary === 'A/1';
    return {
      item: id,
      meaning: '<b>',
      scores: {
        confidence: good ? 3 : 0,
        activations: good ? 5 : 0,
        logits: good ? 3 : 0,
        separation: 0,
        specificity: good ? 3 : 0,
      },
      dictionary,
      feature,
      level,
    };
  });
  writeFileSync(
    file,
    JSON.stringify({
      kind: 'monosema-ratings',
      version: 1,
      set: rating.set.hash,
      finished: true,
      ratings,
      ...change,
    }),
  );
  return file;
}

test('the same records give the same intervals, of features and neurons mixed', async () => {
  const again = (await load([])).rating?.set;
  expect(again?.hash).toBe(rating.set.hash);
  expect(again?.items.map(({ id }) => id)).toEqual(rating.set.items.map(({ id }) => id));
  const sources = rating.set.items.map(({ dictionary }) => dictionary);
  expect(new Set(sources)).toEqual(new Set(['A/1', 'A/neurons']));
  // Mixed: the sources change more often than once.
  expect(sources.filter((source, i) => i > 0 && source !== sources[i - 1]).length).toBeGreaterThan(5);
  const units = rating.set.items.map(({ dictionary, feature }) => `${dictionary} ${feature}`);
  expect(units.some((unit, i) => i > 0 && unit === units[i - 1])).toBe(false);
});

test('what is shown of an interval does not say where it is from', () => {
  const shown = ratingItems(site.vocabulary, rating.set);
  expect(shown).not.toMatch(/A\/1|neuron|document|data-v/);
  // The key does, in a file of its own.
  expect(ratingKey(rating.set)).toContain('"A/neurons"');
});

test('exported ratings are charted on the page of claims', async () => {
  const rated = await load([exported()]);
  const { claims } = rated.findings;
  const { body } = claimsPage(rated, claims!);
  const section = body.slice(body.indexOf('id=rated'));
  expect(section).toMatch(/A\/1<\/th><td>20<td>14\.0<td>20<td>12/);
  expect(section).toMatch(/A\/neurons<\/th><td>16<td>0\.0<td>0<td>0/);
  expect(section).toContain('1 person');
  expect(section).toContain('Raters: anna');
  expect(section).toContain('<svg');
});

test('ratings that do not belong to these records are refused in a sentence', () => {
  const refusal = (change: Record<string, unknown>): string => {
    try {
      readRatings(exported(change), rating.set);
      return 'not refused';
    } catch (error) {
      return (error as Error).message.replaceAll(rating.set.hash, 'HASH');
    }
  };
  expect(refusal({ set: 'other' })).toMatchInlineSnapshot(
    `"anna.json: expected ratings of the intervals that these records give (HASH), got those of other; rate again, or take the file out of the option "ratings""`,
  );
  expect(refusal({ finished: false, ratings: [] })).toMatchInlineSnapshot(
    `"anna.json: expected all 36 intervals rated, got 0; go on rating, and export at the end"`,
  );
  expect(refusal({ kind: 'notes' })).toMatchInlineSnapshot(
    `"anna.json: expected ratings exported by the rating page, got something else at kind (Invalid input: expected "monosema-ratings"); export them again"`,
  );
  expect(() => readRatings(join(folder, 'nobody.json'), rating.set)).toThrowErrorMatchingInlineSnapshot(
    `[ReportError: nobody.json: expected ratings exported by the rating page, got no file; check the option "ratings"]`,
  );
});
