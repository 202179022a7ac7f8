import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  SPARSE_SIZES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { sparseTransposedMatmul } from './sparse-transposed-matmul.ts';
import { sparseTransposedMatmulReference } from './sparse-transposed-matmul.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, features: number, width: number): Promise<void> {
  const random = seededRandom(rows);
  const f = sparseSample(random, [rows, features]);
  const y = sample([rows, width], random.normal);
  const { g } = await runRecorded(on, { f, y }, (p, v) => ({
    g: sparseTransposedMatmul(p, v.f, activeMask(p, v.f), v.y, 'g'),
  }));
  // A fused multiply-add rounds once, and there are at most B of them.
  assertWithinRoundings(
    'g',
    [features, width],
    g,
    sparseTransposedMatmulReference(f.values, y.values, width),
    rows,
  );
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SPARSE_SIZES)(
    'f (%i,%i) transposed times y of width %i agrees with float64',
    async (rows, features, width) => {
      await check(choose(gpu), rows, features, width);
    },
  );
});

test('a sparse transposed product reaches every feature when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, 2, FOLDED_ROWS, 1);
});

test('a stack of two parts meets the rows of its groups, and those of the second part', async () => {
  const random = seededRandom(3);
  const [first, features, width] = [33, 70, 5];
  const parts = { first, second: 3 * first, groups: [7, 31, features] };
  const f = sparseSample(random, [2 * first, features]);
  const y = sample([4 * first, width], random.normal);
  const { g } = await runRecorded(gpu, { f, y }, (p, v) => ({
    g: sparseTransposedMatmul(p, v.f, activeMask(p, v.f), v.y, 'g', parts),
  }));
  const want = sparseTransposedMatmulReference(f.values, y.values, width, features, parts);
  assertWithinRoundings('g', [features, width], g, want, 2 * first);
});

test('sparseTransposedMatmul refuses batches that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  expect(() =>
    sparseTransposedMatmul(p, f, activeMask(p, f), p.temporary('y', [5, 3]), 'g'),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparseTransposedMatmul: B differs, f (4,8) says 4 and y (B,D) (5,3) says 5]`,
  );
});
