import { expect, test } from 'vitest';
import { explainedVariance, VectorSums } from './explained-variance.ts';

function of(x: number[][], reconstruction: number[][]): number | null {
  const sums = new VectorSums(x[0]!.length);
  // One row at a time: the figure must not depend on how rows come in batches.
  for (const row of x) sums.add(Float32Array.from(row), 1);
  const error = x
    .flatMap((row, n) => row.map((value, k) => (value - reconstruction[n]![k]!) ** 2))
    .reduce((a, b) => a + b, 0);
  return explainedVariance(sums, error);
}

test('explained variance takes the mean out and sums before it divides', () => {
  // The mean of batches' ratios would give 0.942, variance about zero 0.952, squares before the mean 1.006.
  expect(of([[0], [1], [5]], [[0.5], [1], [4]])).toBeCloseTo(0.9107142857, 9);
  const two = of(
    [
      [2, 0],
      [0, 4],
    ],
    [
      [2, 1],
      [0, 3],
    ],
  );
  expect(two).toBeCloseTo(0.8, 12);
});

test('a perfect reconstruction explains everything, the mean nothing, and worse than the mean less than nothing', () => {
  const x = [[1], [3]];
  expect(of(x, x)).toBe(1);
  expect(of(x, [[2], [2]])).toBe(0);
  expect(of(x, [[3], [1]])).toBe(-3);
});

test('activations that never vary have no explained variance', () => {
  expect(of([[1], [1]], [[1], [1]])).toBeNull();
});

test('the mean is that of all rows, of which batches may hold more than count', () => {
  const sums = new VectorSums(2);
  sums.add(Float32Array.of(1, 2, 3, 4, 99, 99), 2);
  expect([...sums.mean()]).toEqual([2, 3]);
  expect(sums.squaredDeviation()).toBe(4);
});
