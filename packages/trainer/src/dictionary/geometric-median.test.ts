import { expect, it } from 'vitest';
import { normals } from '../random/seeded.ts';
import { geometricMedian } from './geometric-median.ts';

function distances(rows: Float32Array, point: ArrayLike<number>): number {
  let sum = 0;
  for (let start = 0; start < rows.length; start += point.length)
    sum += Math.hypot(...Array.from(point, (value, k) => rows[start + k]! - value));
  return sum;
}

it('has a smaller summed distance to all rows than any point near it', () => {
  const normal = normals(1);
  const rows = Float32Array.from({ length: 60 * 3 }, () => Math.exp(normal()));
  const median = geometricMedian(rows, 3);
  const least = distances(rows, median);
  for (let i = 0; i < 50; i++)
    expect(
      distances(
        rows,
        Float64Array.from(median, (value) => value + 0.01 * normal()),
      ),
    ).toBeGreaterThan(least - 1e-9);
});

it('stays among the many when a few lie far away, where the mean does not', () => {
  const normal = normals(2);
  const rows = Float32Array.from({ length: 100 * 2 }, (_, i) => (i < 10 * 2 ? 1000 : normal()));
  const mean = rows.reduce((sum, value) => sum + value, 0) / rows.length;
  expect(mean).toBeGreaterThan(90);
  expect(Math.hypot(...geometricMedian(rows, 2))).toBeLessThan(0.5);
});

it('is finite where a row lies on it', () => {
  // The mean, from which the iteration starts, is the median and the row in the middle.
  const cross = Float32Array.of(0, 0, 1, 0, -1, 0, 0, 1, 0, -1);
  expect([...geometricMedian(cross, 2)].every((value) => Math.abs(value) < 1e-6)).toBe(true);
  expect([...geometricMedian(Float32Array.of(3, 4), 2)]).toEqual([3, 4]);
  expect([...geometricMedian(new Float32Array(8).fill(2), 2)]).toEqual([2, 2]);
});

it('of points on a line is the middle one', () => {
  expect(geometricMedian(Float32Array.of(0, 1, 2, 3, 100), 1)[0]).toBeCloseTo(2, 3);
});
