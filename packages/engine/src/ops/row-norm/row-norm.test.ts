import { expect, test } from 'vitest';
import { rowNormReference } from './row-norm.reference.ts';

test('norms are Euclidean, row by row', () => {
  expect([...rowNormReference(Float64Array.of(3, -4, 0, 2), 2).values]).toEqual([5, 2]);
});
