import { expect, test } from 'vitest';
import { densityHistogram } from './density-histogram.ts';

test('densities are counted by their logarithm, and dead features not at all', () => {
  const { edges, counts } = densityHistogram(Float32Array.of(0, 1, 0.5, 0.02, 0.001, 0.0011, 0), 1000);
  expect(edges).toEqual(Array.from({ length: 13 }, (_, i) => i / 4 - 3));
  // 1 and 0.5 in the last quarter of a decade and the one before it; 0.02 in the second of its decade.
  expect(counts).toEqual([2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1]);
});

test('the bins are those of the window, not of what is in it', () => {
  const one = densityHistogram(Float32Array.of(0.5), 128);
  const other = densityHistogram(Float32Array.of(1 / 128, 1), 128);
  expect(one.edges).toEqual(other.edges);
  expect(one.edges[0]).toBe(-3);
  expect(other.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  expect(densityHistogram(Float32Array.of(1), 1).counts).toEqual([0, 0, 0, 1]);
});
