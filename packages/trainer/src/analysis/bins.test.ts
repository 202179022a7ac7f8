import { expect, test } from 'vitest';
import { binOf, edgesOf, histogramOf, median } from './bins.ts';

test('bands are open below and closed above, and the largest value lies in the last', () => {
  expect([0.1, 1, 1.0001, 2, 7.9999, 8].map((value) => binOf(value, 8, 8))).toEqual([0, 0, 1, 1, 7, 7]);
  for (const max of [0.1, 1 / 3, 7e-9, 1e9 / 7]) expect(binOf(max, max, 40)).toBe(39);
});

test('a histogram counts every value once, between edges that reach from end to end', () => {
  const { edges, counts } = histogramOf([-2, -1.5, 0, 2, 2], 4);
  expect(edges).toEqual([-2, -1, 0, 1, 2]);
  expect(counts).toEqual([2, 0, 1, 2]);
  expect(histogramOf([3, 3], 2)).toEqual({ edges: [2.5, 3, 3.5], counts: [0, 2] });
  expect(histogramOf([], 4)).toEqual({ edges: [], counts: [] });
  expect(histogramOf([0.5], 2, [0, 1])).toEqual({ edges: [0, 0.5, 1], counts: [0, 1] });
  expect(edgesOf(0, 0.3, 3).at(-1)).toBe(0.3);
});

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, NaN]);
});
