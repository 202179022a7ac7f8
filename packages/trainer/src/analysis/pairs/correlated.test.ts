import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { correlated } from './correlated.ts';
import { pairSums } from './pair-sums.ts';

test('the neurons that go with a feature come first, and a dead feature has none', () => {
  const uniform = uniforms(5);
  const neurons = randomActivations(2000, [0.4, 0.4, 0.4, 0.4], uniform);
  // Feature 0 is neuron 2; feature 1 mostly neuron 1 and a little neuron 3; feature 2 is dead.
  const features = neurons.map((row) => [row[2]!, row[1]! + 0.3 * row[3]!, 0]);
  const [left, right] = [sourceOf('A/1', features), sourceOf('A/neurons', neurons)];
  const blocks = pairSums(
    left.entries,
    right.entries,
    { left: 3, right: 4 },
    { masked: false, maxBytes: 40 },
  );
  const found = correlated(left, right, blocks, 2);
  expect(found[0]![0]).toEqual({ other: 2, pearson: expect.closeTo(1, 9), cosine: expect.closeTo(1, 9) });
  expect(found[1]!.map(({ other }) => other)).toEqual([1, 3]);
  expect(found[1]![1]!.pearson).toBeLessThan(found[1]![1]!.cosine);
  expect(found[2]).toEqual([]);
});

test('features of one dictionary are compared over all pairs, never with themselves', () => {
  const uniform = uniforms(6);
  const dense = randomActivations(3000, [0.2, 0.2, 0.1, 0.1, 0.05], uniform).map((row) => [
    ...row,
    row[0]! > 0 ? 2 * row[0]! + 0.1 : 0,
  ]);
  const source = sourceOf('A/1', dense);
  const blocks = pairSums(
    source.entries,
    source.entries,
    { left: 6, right: 6 },
    { masked: false, maxBytes: 96 },
  );
  const found = correlated(source, source, blocks, 5);
  expect(found[0]![0]!.other).toBe(5);
  const column = (j: number) => dense.map((row) => Math.fround(row[j]!));
  found.forEach((list, i) => {
    expect(list.map(({ other }) => other)).not.toContain(i);
    for (const { other, pearson } of list) {
      const [x, y] = [column(i), column(other)];
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      const [mx, my] = [mean(x), mean(y)];
      const dot = (a: number[], b: number[], ma: number, mb: number) =>
        a.reduce((sum, value, t) => sum + (value - ma) * (b[t]! - mb), 0);
      expect(pearson).toBeCloseTo(dot(x, y, mx, my) / Math.sqrt(dot(x, x, mx, mx) * dot(y, y, my, my)), 9);
    }
  });
});
