import { expect, test } from 'vitest';
import { batchBlocks, ENTRIES_AT_ONCE } from './batch-blocks.ts';

test.each([
  [8192, 131_072],
  [8192, 4096],
  [8191, 65_536],
  [1000, 100_003],
  [1, 131_072],
])('blocks of a batch of %i with %i features cover it once and hold few activations', (batch, features) => {
  const blocks = batchBlocks(batch, features);
  let next = 0;
  for (const { from, count } of blocks) {
    expect(from).toBe(next);
    expect(from % 64).toBe(0);
    expect(count * features).toBeLessThanOrEqual(ENTRIES_AT_ONCE);
    next += count;
  }
  expect(next).toBe(batch);
});

test('a batch whose activations are few stays whole, and no block has fewer than 64 rows but the last', () => {
  expect(batchBlocks(1000, 512)).toEqual([{ from: 0, count: 1000 }]);
  expect(batchBlocks(1000, 131_072, Infinity)).toEqual([{ from: 0, count: 1000 }]);
  expect(batchBlocks(150, 2 ** 24, 1).map(({ count }) => count)).toEqual([64, 64, 22]);
});
