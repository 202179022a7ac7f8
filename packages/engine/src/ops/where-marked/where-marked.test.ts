import { expect, test } from 'vitest';
import { whereMarkedReference } from './where-marked.reference.ts';

test('what is marked stays, in the first word of a row and in the second', () => {
  const x = Float64Array.from({ length: 2 * 34 }, (_, i) => i + 1);
  const y = whereMarkedReference(x, 34, Uint32Array.of(0b101, 0b10, 0x8000_0000, 0));
  expect([...y.entries()].filter(([, value]) => value !== 0)).toEqual([
    [0, 1],
    [2, 3],
    [33, 34],
    [34 + 31, 66],
  ]);
});
