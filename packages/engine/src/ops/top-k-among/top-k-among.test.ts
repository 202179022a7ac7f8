import { expect, test } from 'vitest';
import { topKAmongReference } from './top-k-among.reference.ts';

test('the largest among idle columns may be negative, and columns in use never count', () => {
  const x = Float64Array.of(-3, 9, -1, -2, 4, 9, 0.5, -7);
  expect([...topKAmongReference(x, [5, 4, 5, 6], 5, 2)]).toEqual([0, 0, -1, -2, 4, 0, 0.5, 0]);
});
