import { expect, test } from 'vitest';
import { sourceOf } from '../testing/planted.ts';
import { ClassCounts } from './class-counts.ts';
import { domainFeatures, domainTable } from './domain-features.ts';
import type { TokenClass } from './evaluation-text.ts';

const DOMAINS = [
  { name: 'Hebrew', corpusDomains: ['hebrew'], scripts: [] },
  { name: 'kana', corpusDomains: [], scripts: ['Hiragana'] },
  { name: 'absent', corpusDomains: ['nowhere'], scripts: [] },
];
const CLASSES: TokenClass[] = [
  { corpusDomain: 'hebrew', domains: [0] },
  { corpusDomain: 'japanese', domains: [1] },
  { corpusDomain: 'japanese', domains: [] },
];

/** Class of each token, and activations of four features on it. */
const TOKENS: [number, number[]][] = [
  // Feature 0 is precise on Hebrew with recall 2/4; feature 1 has all of it and half of the rest, strongly.
  [0, [4, 1, 0, 0]],
  [0, [3, 1, 0, 0]],
  [0, [0, 1, 0, 0]],
  [0, [0, 1, 0.1, 0]],
  [1, [1, 1, 2, 0]],
  [1, [0, 1, 0, 0]],
  [2, [0, 0, 2, 0]],
  [2, [0, 1, 0, 0]],
];

function measured() {
  const dense = TOKENS.map(([, row]) => row);
  const source = sourceOf('A/1', dense);
  const counts = new ClassCounts(source.sums.max);
  TOKENS.forEach(([tokenClass, row]) =>
    row.forEach((value, feature) => value > 0 && counts.add(feature, value, tokenClass)),
  );
  return { source, counts, found: domainFeatures(source, counts, CLASSES, [4, 2, 2], DOMAINS) };
}

test('a precise feature stands for its domain, though another has more recall', () => {
  expect(measured().found[0]).toEqual({
    domain: 'Hebrew',
    corpusDomains: ['hebrew'],
    dictionary: 'A/1',
    feature: 0,
    precision: 1,
    recall: 0.5,
    topHalfTokens: 2,
    domainTokens: 4,
  });
});

test('without a precise feature the best harmonic mean is taken, and said as it is', () => {
  // Feature 2: one of its two strong tokens is kana, recall 1/2. Feature 1: two of seven, recall 1, a lower mean.
  expect(measured().found[1]).toMatchObject({
    domain: 'kana',
    scripts: ['Hiragana'],
    feature: 2,
    precision: 0.5,
    recall: 0.5,
  });
});

test('a feature that is precise because it hardly fires does not stand for a domain', () => {
  // Ten tokens of the domain, of which feature 0 fires on one; feature 1 fires on eight of them and on three others.
  const tokens = Array.from({ length: 15 }, (_, t) => ({
    tokenClass: t < 10 ? 0 : 2,
    row: [t === 0 ? 1 : 0, t < 8 || (t >= 10 && t < 13) ? 1 : 0],
  }));
  const source = sourceOf(
    'A/1',
    tokens.map(({ row }) => row),
  );
  const counts = new ClassCounts(source.sums.max);
  for (const { tokenClass, row } of tokens)
    row.forEach((value, feature) => value > 0 && counts.add(feature, value, tokenClass));
  const found = domainFeatures(source, counts, CLASSES, [10, 0, 5], DOMAINS);
  expect(found[0]).toMatchObject({ domain: 'Hebrew', feature: 1, recall: 0.8 });
});

test('a domain without tokens is left out', () => {
  expect(measured().found.map(({ domain }) => domain)).toEqual(['Hebrew', 'kana']);
});

test('counts by corpus domain add up over classes, most active first', () => {
  const { counts } = measured();
  expect(counts.byCorpusDomain(1, CLASSES)).toEqual([
    { domain: 'hebrew', activeTokens: 4, topHalfTokens: 4 },
    { domain: 'japanese', activeTokens: 3, topHalfTokens: 3 },
  ]);
  expect(counts.byCorpusDomain(2, CLASSES)).toEqual([
    { domain: 'japanese', activeTokens: 2, topHalfTokens: 2 },
    { domain: 'hebrew', activeTokens: 1, topHalfTokens: 0 },
  ]);
});

test('the table lines its columns up', () => {
  expect(domainTable(measured().found)).toMatchInlineSnapshot(`
    "domain  feature  precision  recall  top-half tokens  domain tokens
    Hebrew  A/1/0         1.00    0.50                2              4
    kana    A/1/2         0.50    0.50                2              2"
  `);
});
