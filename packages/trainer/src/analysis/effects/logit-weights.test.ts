import { expect, test } from 'vitest';
import { normals } from '../../random/seeded.ts';
import { median } from '../bins.ts';
import { LogitWeights } from './logit-weights.ts';

test.each([101, 64])('the ends of %i weights are those of a sort, less the median', (vocabulary) => {
  const normal = normals(vocabulary);
  const rows = [0, 1, 2].map(() => Float32Array.from({ length: vocabulary }, normal));
  // Ties: the lower token comes first.
  rows[1]!.fill(rows[1]![3]!, 3, 30);
  const weights = new LogitWeights(3, vocabulary, 20);
  rows.forEach((row, feature) => weights.set(feature, row, 0.25));
  rows.forEach((row, feature) => {
    const middle = median(row);
    const all = Array.from(row, (weight, token) => ({
      token,
      weight: expect.closeTo((weight - middle) * 0.25, 9),
      raw: weight,
    }));
    const { top, bottom, histogram } = weights.of(feature);
    const strip = ({ token, weight }: (typeof all)[number]) => ({ token, weight });
    expect(top).toEqual(
      all
        .toSorted((a, b) => b.raw - a.raw)
        .slice(0, 10)
        .map(strip),
    );
    expect(bottom).toEqual(
      all
        .toSorted((a, b) => a.raw - b.raw)
        .slice(0, 10)
        .map(strip),
    );
    expect(histogram.counts.reduce((a, b) => a + b, 0)).toBe(vocabulary);
    expect(histogram.edges[0]).toBeCloseTo((Math.min(...row) - middle) * 0.25, 9);
    expect(histogram.edges.at(-1)).toBeCloseTo((Math.max(...row) - middle) * 0.25, 9);
  });
});

test('a direction without effect has weights of zero and no histogram', () => {
  const weights = new LogitWeights(1, 12, 4);
  weights.set(0, new Float32Array(12), 1);
  expect(weights.of(0).top.every(({ weight }) => weight === 0)).toBe(true);
  expect(weights.of(0).histogram).toEqual({ edges: [], counts: [] });
});
