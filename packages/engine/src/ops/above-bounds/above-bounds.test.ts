import { expect, test } from 'vitest';
import { aboveBoundsReference } from './above-bounds.reference.ts';

test('what is above either bound is marked, and what is at a bound is not', () => {
  const x = new Float64Array(2 * 34).fill(-1);
  x[1] = 0.5; // at the bound of row 0
  x[2] = 0.75; // above it
  x[34 + 2] = 0.75; // in row 1, whose bound is 1
  x[34 + 33] = 0.25; // above the bound of its column
  const columnBounds = new Float64Array(34).fill(2);
  columnBounds[33] = 0;
  const mask = aboveBoundsReference(x, Float64Array.of(0.5, 1), columnBounds);
  expect([...mask]).toEqual([0b100, 0, 0, 0b10]);
});
