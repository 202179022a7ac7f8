import { expect, it } from 'vitest';
import { uniforms } from '../random/seeded.ts';
import { drawWeighted } from './resample.ts';

it('draws an index in proportion to its weight', () => {
  const weights = Float64Array.of(0, 1, 2, 3, 4, 10, 1e-3);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const uniform = uniforms(42);
  const draws = 20_000;
  const counts = new Float64Array(weights.length);
  for (let i = 0; i < draws; i++) counts[drawWeighted(weights, 1, uniform)[0]!]! += 1;
  expect(counts[0]).toBe(0);
  // Without the rare last index: chi-square wants five expected draws a cell.
  const cells = [1, 2, 3, 4, 5].map((i) => [counts[i]!, (draws * weights[i]!) / total] as const);
  const chiSquare = cells.reduce((sum, [count, expected]) => sum + (count - expected) ** 2 / expected, 0);
  // The 99.9th percentile of chi-square with 4 degrees of freedom.
  expect(chiSquare).toBeLessThan(18.47);
});

it('draws the second index in proportion to what the first left', () => {
  const weights = Float64Array.of(1, 2, 5);
  const uniform = uniforms(7);
  const draws = 20_000;
  const pairs = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const pair = drawWeighted(weights, 2, uniform).join();
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let chiSquare = 0;
  for (const i of [0, 1, 2])
    for (const j of [0, 1, 2].filter((other) => other !== i)) {
      const expected = draws * (weights[i]! / 8) * (weights[j]! / (8 - weights[i]!));
      chiSquare += ((pairs.get(`${i},${j}`) ?? 0) - expected) ** 2 / expected;
    }
  // The 99.9th percentile of chi-square with 5 degrees of freedom.
  expect(chiSquare).toBeLessThan(20.52);
});

it('never draws an index twice, nor one without weight, and then gives fewer', () => {
  const drawn = drawWeighted(Float64Array.of(0, 3, 0, 1e-300, 1e300, NaN), 6, uniforms(1));
  expect(drawn.toSorted((a, b) => a - b)).toEqual([1, 3, 4]);
});
