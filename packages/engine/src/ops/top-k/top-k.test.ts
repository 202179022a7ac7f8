import { expect, test } from 'vitest';
import { topKReference } from './top-k.reference.ts';

test('top k keeps the largest positive entries of a row, the first of equal ones', () => {
  const x = Float64Array.of(1, 3, 2, 3, -5, 3, 0, -1, -2, 0, 4, 0);
  expect([...topKReference(x, 6, 2)]).toEqual([0, 3, 0, 3, 0, 0, 0, 0, 0, 0, 4, 0]);
});
