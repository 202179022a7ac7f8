import { expect, test } from 'vitest';
import { maskedColumnSumReference } from './masked-column-sum.reference.ts';

test('only marked rows count in a masked column sum', () => {
  const sums = maskedColumnSumReference(
    Float64Array.of(1, 2, 3, 4),
    Float64Array.of(5, 6, 7, 8),
    Float64Array.of(1, 0, 1, -1),
    2,
  );
  expect([...sums.sumF.values]).toEqual([4, 0]);
  expect([...sums.sumH.values]).toEqual([12, 0]);
  expect([...sums.sumFH.values]).toEqual([26, 0]);
  expect([...sums.count.values]).toEqual([2, 0]);
});
