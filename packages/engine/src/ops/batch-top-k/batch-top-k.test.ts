import { expect, test } from 'vitest';
import { batchTopKReference } from './batch-top-k.reference.ts';

test('batch top k spends k a row where the largest entries are, the first of equal ones', () => {
  const x = Float64Array.of(5, 4, 3, 1, 1, 1, -9, 0, 3);
  expect([...batchTopKReference(x, 3, 1)]).toEqual([5, 4, 3, 0, 0, 0, 0, 0, 0]);
  expect([...batchTopKReference(x, 3, 2)]).toEqual([5, 4, 3, 1, 1, 0, 0, 0, 3]);
});
