import { expect, test } from 'vitest';
import { NO_TOKEN } from './difference-extremes.ts';
import { differenceExtremesReference } from './difference-extremes.reference.ts';

test('changes are those of normalising before and after, worked out by hand', () => {
  // Two components, so LayerNorm without epsilon gives a sign: (1,-1) turns into (-1,1) when 2·(1,-1) is taken away.
  const arrays = {
    rows: Float64Array.of(3, 1),
    directions: Float64Array.of(1, -1),
    // Of an unembedding with rows (1,-1), (0,0) and (-2,2).
    rowLogits: Float64Array.of(2, 0, -4),
    directionLogits: Float64Array.of(2, 0, -4),
  };
  const item = { row: 0, target: 2, direction: 0, amount: 2 };
  const { changes, tokens } = differenceExtremesReference(arrays, [item], 2, 0);
  // Logits go from (2, 0, -4) to (-2, 0, 4).
  expect([...changes.values]).toEqual([8, 8, 0, -4, 0, 0, -4, 0, 8, 0, 0]);
  expect(tokens).toEqual([2, 1, 0, NO_TOKEN, NO_TOKEN, 0, 1, 2, NO_TOKEN, NO_TOKEN]);
});

test('where nothing is taken nothing changes, and the lowest tokens stand for all', () => {
  const arrays = {
    rows: Float64Array.of(3, 1),
    directions: Float64Array.of(1, -1),
    rowLogits: Float64Array.of(2, 0, -4, 1, 5, 9),
    directionLogits: Float64Array.of(2, 0, -4, 1, 1, 1),
  };
  const item = { row: 0, target: 2, direction: 0, amount: 0 };
  const { changes, tokens } = differenceExtremesReference(arrays, [item], 2, 0);
  expect([...changes.values].every((value) => value === 0)).toBe(true);
  expect(tokens).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4]);
});
