import { expect, test } from 'vitest';
import { clipReference, squaredGradientNormReference } from './gradient-norm.reference.ts';

test('a norm spreads over gradients and sums of squares, and only what is above the largest is clipped', () => {
  const norm = squaredGradientNormReference(
    [Float64Array.of(3, 4), Float64Array.of(-12)],
    [Float64Array.of(56, 31)],
  ).values[0]!;
  expect(norm).toBe(256);
  expect(clipReference(norm, 4)).toBeCloseTo(0.25, 6);
  expect(clipReference(norm, 100)).toBe(1);
});
