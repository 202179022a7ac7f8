import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import {
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  runRecorded,
  type Sample,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { batchTopK } from './batch-top-k.ts';
import { batchTopKReference } from './batch-top-k.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

/** Selected values are copies, so they must be equal, zeros included. */
async function check(on: Gpu, x: Sample, k: number): Promise<void> {
  const { y, threshold } = await runRecorded(on, { x }, (p, values) => batchTopK(p, values.x, k));
  const want = batchTopKReference(x.values, x.shape[1]!, k);
  const wrong = y.findIndex((value, i) => value !== want[i]);
  expect(wrong < 0 ? null : { at: wrong, got: y[wrong], want: want[wrong] }).toBeNull();
  const kept = want.filter((value) => value > 0);
  const smallest = kept.length < k * x.shape[0]! ? 0 : Math.min(...kept);
  expect(new Float32Array(threshold.buffer)[0]).toBe(smallest);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  // Rows and widths around the 4 or 64 lanes of a workgroup.
  test.each([
    [1, 1, 1],
    [7, 5, 2],
    [65, 67, 3],
  ])('batch top k of (%i,%i), k %i, is exact', async (rows, width, k) => {
    await check(choose(gpu), sample([rows, width], seededRandom(rows).normal), k);
  });

  test('ties go to the lowest index across rows', async () => {
    const random = seededRandom(1);
    await check(
      choose(gpu),
      sample([9, 70], () => random.below(4) - 1),
      20,
    );
  });

  test('fewer positive entries than k a row are all kept, and nothing else is', async () => {
    await check(
      choose(gpu),
      sample([4, 5], (i) => (i % 6 === 0 ? i * 1e-20 : -i)),
      2,
    );
    await check(
      choose(gpu),
      sample([4, 5], () => 0),
      2,
    );
  });
});

test('batch top k reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, sample([FOLDED_ROWS, 3], seededRandom(1).normal), 1);
});
