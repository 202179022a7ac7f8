import { expect, test } from 'vitest';
import { activeMaskReference } from './active-mask.reference.ts';

test('the masks of a matrix mark its positive entries, by column, by row and by word', () => {
  const f = new Float64Array(2 * 34);
  f[1] = 3; // row 0, column 1
  f[34 + 1] = 0.5; // row 1, column 1
  f[34 + 33] = 1; // row 1, column 33
  f[34 + 2] = -1;
  const mask = activeMaskReference(f, 2, 34);
  const marked = (row: number) =>
    [...mask.columns.subarray(row * 34, (row + 1) * 34).entries()].filter(([, word]) => word !== 0);
  expect(marked(0)).toEqual([
    [1, 1],
    [33, 1],
  ]); // the summary: the one word of these columns has bits
  expect(marked(1)).toEqual([
    [1, 3],
    [33, 2],
  ]);
  expect([...mask.rows]).toEqual([2, 0, 2, 2]);
  expect([...mask.summary]).toEqual([1, 3]);
});
