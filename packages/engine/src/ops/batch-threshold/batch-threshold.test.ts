import { expect, test } from 'vitest';
import { seededRandom } from '../../testing/index.ts';
import { batchTopKReference } from '../batch-top-k/batch-top-k.reference.ts';
import { batchThresholdReference } from './batch-threshold.reference.ts';

test('the largest of the largest of blocks are the largest of the whole, ties to the lowest index', () => {
  const random = seededRandom(3);
  for (let round = 0; round < 50; round++) {
    const [rows, width, k] = [1 + random.below(12), 1 + random.below(9), 1 + random.below(4)];
    // Few values, so that ties at the threshold are common.
    const x = Float64Array.from({ length: rows * width }, () => random.below(6) - 2);
    const cut = random.below(rows + 1) * width;
    const blocks = batchThresholdReference([x.slice(0, cut), x.slice(cut)], k * rows);
    expect(blocks.flatMap((block) => [...block])).toEqual([...batchTopKReference(x, width, k)]);
  }
});
