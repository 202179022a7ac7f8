import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Gpu } from '../../index.ts';
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
import { sampledProduct } from './sampled-product.ts';
import { sampledProductReference } from './sampled-product.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const PENALTY = 0.3125;
const SCALE = 0.25;

async function check(on: Gpu, rows: number, features: number, width: number): Promise<void> {
  const random = seededRandom(rows);
  const f = sparseSample(random, [rows, features]);
  const d = sample([rows, width], random.normal);
  const w = sample([features, width], random.normal);
  const { h, rowSum } = await runRecorded(
    on,
    { d, w, f },
    (p, v) =>
      sampledProduct(p, v.d, v.w, v.f, activeMask(p, v.f), { scalar: p.scalar('penalty'), scale: SCALE }),
    { penalty: PENALTY },
  );
  const want = sampledProductReference(d.values, w.values, f.values, width, PENALTY * SCALE);
  // Elsewhere h is whatever was there, which here is NaN.
  const sampled = Array.from(h, (value, i) => (f.values[i]! > 0 ? value : 0));
  // At most D fused multiply-adds and the offset; at most F sums.
  assertWithinRoundings('h', [rows, features], sampled, want.h, width + 2);
  assertWithinRoundings('row sums', [rows], rowSum, want.rowSum, features);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SPARSE_SIZES)(
    'd times wᵀ at the active entries of f (%i,%i), D %i, agrees with float64',
    async (rows, features, width) => {
      await check(choose(gpu), rows, features, width);
    },
  );
});

test('a sampled product reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, FOLDED_ROWS, 3, 1);
});
