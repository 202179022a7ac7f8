import { expect, test } from 'vitest';
import { seeded } from '../seeded.ts';
import { percentile } from './percentile.ts';
import { short } from './unit-values.ts';

test('a percentile says what lower bins make certain and what the own bin leaves open', () => {
  const counts = [600, 300, 80, 20];
  expect(percentile(2.5, 4, counts)).toBe('stronger than 90 to 97.9\u202f% of its activations');
  expect(percentile(0.5, 4, counts)).toBe('stronger than at most 59.9\u202f% of its activations');
  expect(percentile(4, 4, [60_000, 20])).toBe('stronger than at least 99.9\u202f% of its activations');
  // On an edge rounding may have moved it from one bin to the next.
  expect(percentile(2, 4, counts)).toBe('stronger than 60 to 97.9\u202f% of its activations');
});

test('a percentile is left out where nothing can be said', () => {
  expect(percentile(0, 4, [3, 2])).toBe('');
  expect(percentile(1, 0, [3, 2])).toBe('');
  expect(percentile(1, 4, [])).toBe('');
  expect(percentile(1, 4, [5000])).toBe('');
});

test('the true share of weaker activations lies within what is said, of activations rounded as pages have them', () => {
  const random = seeded(5);
  for (const bins of [1, 7, 40, 200]) {
    const values = Array.from({ length: 3000 }, () => 7 * random() ** 3);
    const largest = Math.max(...values);
    const counts = Array.from({ length: bins }, () => 0);
    for (const value of values) counts[Math.min(bins - 1, Math.floor((value / largest) * bins))]! += 1;
    for (const value of values.slice(0, 400)) {
      const weaker = (100 * values.filter((other) => other < value).length) / values.length;
      const said = percentile(Number(short(Math.round(value * 1e4) / 1e4)), largest, counts);
      const [first = 0, second] = (said.match(/[\d.]+/g) ?? []).map(Number);
      const most = said === '' || said.includes('at least') ? 100 : (second ?? first);
      expect(weaker, said).toBeGreaterThanOrEqual(said.includes('at most') ? 0 : first);
      expect(weaker, said).toBeLessThanOrEqual(most);
    }
  }
});
