import { expect, it } from 'vitest';
import { positionsOf } from './positions.ts';

it('has every position of a context once', () => {
  for (const length of [1, 2, 7, 64])
    expect([...positionsOf(length, 3, 11)].toSorted((a, b) => a - b)).toEqual(
      Array.from({ length }, (_, t) => t),
    );
});

it('is decided by the seed and the context', () => {
  const order = (seed: number, context: number): string => positionsOf(64, seed, context).join();
  expect(order(1, 5)).toBe(order(1, 5));
  expect(order(2, 5)).not.toBe(order(1, 5));
  expect(order(1, 6)).not.toBe(order(1, 5));
});

it('puts every position first equally often', () => {
  const length = 8;
  const contexts = 4000;
  const firsts = new Float64Array(length);
  for (let context = 0; context < contexts; context++) firsts[positionsOf(length, 9, context)[0]!]! += 1;
  const expected = contexts / length;
  const chiSquare = firsts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // The 99.9th percentile of chi-square with 7 degrees of freedom.
  expect(chiSquare).toBeLessThan(24.32);
});
