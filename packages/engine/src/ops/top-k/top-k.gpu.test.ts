import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import {
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  runRecorded,
  type Sample,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { topK } from './top-k.ts';
import { topKReference } from './top-k.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

/** Selected values are copies, so they must be equal, zeros included. */
async function check(on: Gpu, x: Sample, k: number): Promise<void> {
  const { y } = await runRecorded(on, { x }, (p, values) => ({ y: topK(p, values.x, k) }));
  const want = topKReference(x.values, x.shape[1]!, k);
  const wrong = y.findIndex((value, i) => value !== want[i]);
  expect(wrong < 0 ? null : { at: wrong, got: y[wrong], want: want[wrong] }).toBeNull();
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('top k of (%i,%i) is exact, for few, many and all', async (rows, width) => {
    const x = sample([rows, width], seededRandom(rows).normal);
    for (const k of new Set([1, Math.ceil(width / 5), width])) await check(choose(gpu), x, k);
  });

  test('ties go to the lowest index, within a workgroup and across its turns', async () => {
    const random = seededRandom(1);
    const x = sample([9, 150], () => random.below(4) - 1);
    for (const k of [1, 20, 60, 149]) await check(choose(gpu), x, k);
  });

  test('rows with fewer positive entries than k, tiny ones and an infinite one', async () => {
    const rows = [
      [0, -1, 0, -2, 0],
      [0, 5, 0, -3, 0],
      [1e-30, 2e-30, 0, 1e-30, 3],
      [Infinity, 1, Infinity, 2, -Infinity],
    ];
    const x = sample([4, 5], (i) => rows.flat()[i]!);
    for (const k of [1, 2, 3]) await check(choose(gpu), x, k);
  });
});

test('top k reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, sample([FOLDED_ROWS, 3], seededRandom(1).normal), 1);
});
