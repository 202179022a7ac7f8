import { expect, test } from 'vitest';
import { compactRowsReference } from './compact-rows.reference.ts';
import { offsetsFrom, rowsThatFit } from './compact-rows.ts';

test('entries are those above zero, row by row', () => {
  const f = Float64Array.of(0, 2, -1, 0, 0, 0, 3, 0, 4);
  expect(compactRowsReference(f, 3)).toEqual({
    columns: [1, 0, 2],
    values: [2, 3, 4],
    offsets: [0, 1, 1, 3],
  });
});

test('rows fit as long as all of their entries do', () => {
  const offsets = Uint32Array.of(0, 3, 3, 5, 9);
  expect(rowsThatFit(offsets, 0, 4, 4)).toBe(2);
  expect(rowsThatFit(offsets, 0, 4, 5)).toBe(3);
  expect(rowsThatFit(offsets, 2, 4, 6)).toBe(2);
  // Rows beyond those that count do not.
  expect(rowsThatFit(offsets, 2, 3, 6)).toBe(1);
});

test('offsets of some rows begin at 0, whatever stands before', () => {
  const offsets = Uint32Array.of(0, 2, 4, 9, 9);
  expect([...offsetsFrom(offsets, 1, 2)]).toEqual([0, 2, 7]);
  expect([...offsetsFrom(offsets, 4, 0)]).toEqual([0]);
  expect([...offsets]).toEqual([0, 2, 4, 9, 9]);
});
