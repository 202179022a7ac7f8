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
  Sums,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { rowOf } from '../row-adam/parts.reference.ts';
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
      sampledProduct(p, v.d, v.w, v.f, activeMask(p, v.f), {
        offset: { scalar: p.scalar('penalty'), scale: SCALE },
      }),
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

test('columns of different groups meet different rows of d, and h is written where it is asked for', async () => {
  const random = seededRandom(4);
  const [rows, features, width] = [7, 70, 5];
  const groups = [7, 31, features];
  const f = sparseSample(random, [rows, features]);
  const d = sample([groups.length * 9, width], random.normal);
  const w = sample([features, width], random.normal);
  const h = sample([rows, features], () => 5);
  const got = await runRecorded(gpu, { d, w, f, h }, (p, v) => {
    const options = { into: v.h, parts: { first: 9, groups } };
    return sampledProduct(p, v.d, v.w, v.f, activeMask(p, v.f), options);
  });
  const row = rowOf({ first: 9, second: 0, groups });
  const want = new Sums(rows * features);
  f.values.forEach((value, i) => {
    const [b, j] = [Math.floor(i / features), i % features];
    if (!(value > 0)) return want.add(i, 5);
    for (let c = 0; c < width; c++) want.add(i, d.values[row(b, j) * width + c]! * w.values[j * width + c]!);
  });
  assertWithinRoundings('h', [rows, features], got.h, want, width + 2);
});
