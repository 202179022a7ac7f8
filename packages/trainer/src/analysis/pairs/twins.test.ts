import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { median } from '../bins.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { pairSums } from './pair-sums.ts';
import { twins } from './twins.ts';
import { universality } from './universality.ts';

const ORDER = [3, 0, 4, 1, 2];

/** The same features under other numbers with noise, one of them dead on the right. */
function matched() {
  const uniform = uniforms(3);
  const left = randomActivations(3000, [0.1, 0.05, 0.2, 0.02, 0.1], uniform);
  const right = left.map((row) => ORDER.map((i, j) => (j === 4 ? 0 : row[i]! * (1 + 0.1 * uniform()))));
  return [sourceOf('A/1', left), sourceOf('B/1', right)] as const;
}

const options = { masked: false, maxBytes: 100 };

test('features of another model are found again under their other numbers, both ways', () => {
  const [a, b] = matched();
  const found = twins(a, b, pairSums(a.entries, b.entries, { left: 5, right: 5 }, options), 2);
  for (const [j, i] of ORDER.entries()) {
    if (j === 4) {
      expect(found.right[j]).toEqual([]);
      continue;
    }
    expect(found.left[i]![0]).toMatchObject({ dictionary: 'B/1', feature: j });
    expect(found.right[j]![0]).toMatchObject({ dictionary: 'A/1', feature: i });
    expect(found.left[i]![0]!.similarity).toBeGreaterThan(0.98);
    expect(found.left[i]).toHaveLength(2);
    expect(found.left[i]![1]!.similarity).toBeLessThan(0.2);
  }
});

test('universality is the median of the best matches of live features', () => {
  const [a, b] = matched();
  const { left } = twins(a, b, pairSums(a.entries, b.entries, { left: 5, right: 5 }, options), 1);
  const result = universality(a, b, left, 10)!;
  expect(result).toMatchObject({ from: 'A/1', to: 'B/1', compared: 5 });
  expect(result.medianCorrelation).toBe(median(left.map((links) => links[0]!.similarity)));
  expect(result.histogram.counts.reduce((x, y) => x + y, 0)).toBe(5);
});
