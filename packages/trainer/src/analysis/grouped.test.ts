import { expect, test } from 'vitest';
import { grouped } from './grouped.ts';

test('places are listed by group, in order, and an empty group has none', () => {
  const { starts, order } = grouped([2, 0, 2, 3, 0], 4);
  const of = (group: number): number[] => Array.from(order.subarray(starts[group]!, starts[group + 1]!));
  expect([0, 1, 2, 3].map(of)).toEqual([[1, 4], [], [0, 2], [3]]);
});
