import { expect, test } from 'vitest';
import { emptyTable, nearestOf, takeNearer } from './nearest-table.ts';

test('the nearest are kept in order whenever they come, and of equal ones the first', () => {
  const table = emptyTable(2, 3);
  const offers = [
    [7, 0.5],
    [9, 0.25],
    [3, 0.5],
    [1, 0.125],
    [5, 0.75],
    [2, 0.25],
  ] as const;
  for (const [other, cosine] of offers) takeNearer(table, 1, other, cosine);
  expect(nearestOf(table).of(0)).toEqual([]);
  expect(nearestOf(table).of(1)).toEqual([
    { row: 5, cosine: 0.75 },
    { row: 3, cosine: 0.5 },
    { row: 7, cosine: 0.5 },
  ]);
});
