import { expect, test } from 'vitest';
import { uniforms } from '../random/seeded.ts';
import { Largest } from './largest.ts';

test('what is kept is the head of a stable sort', () => {
  const uniform = uniforms(1);
  const largest = new Largest(3, 5);
  const offered: { value: number; id: number }[][] = [[], [], []];
  for (let id = 0; id < 400; id++) {
    const row = id % 3;
    // Few distinct values, so that ties are common.
    const value = Math.floor(uniform() * 12) - 4;
    largest.offer(row, value, id);
    offered[row]!.push({ value, id });
  }
  for (let row = 0; row < 3; row++) {
    expect(largest.of(row)).toEqual(
      offered[row]!.toSorted((a, b) => b.value - a.value)
        .slice(0, 5)
        .map(({ value, id }) => ({ id, value })),
    );
  }
});

test('fewer numbers than there is room for are all kept', () => {
  const largest = new Largest(2, 5);
  largest.offer(1, -1, 7);
  expect(largest.of(0)).toEqual([]);
  expect(largest.of(1)).toEqual([{ id: 7, value: -1 }]);
});
