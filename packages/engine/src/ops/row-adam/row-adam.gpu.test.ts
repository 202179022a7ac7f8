import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import {
  assertWithinRoundings,
  FOLDED_ROWS,
  guardBuffers,
  ON_BOTH,
  openUnchecked,
  sample,
  seededRandom,
  SPARSE_SIZES,
  sparseSample,
  upload,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { ADAM_ROUNDINGS, exactly } from '../adam/adam.reference.ts';
import { adamScalars, createMoments, type AdamOptions } from '../adam/adam.ts';
import { sparseTransposedMatmulReference } from '../sparse-transposed-matmul/sparse-transposed-matmul.reference.ts';
import { rowAdam, type RowGradient } from './row-adam.ts';
import { rowAdamReference } from './row-adam.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

// Betas that float32 holds exactly: see the tests of adam for the usual ones.
const OPTIONS: AdamOptions = { beta1: 0.875, beta2: 1 - 2 ** -10, epsilon: 2 ** -20 };

interface Case {
  readonly rows: number;
  readonly features: number;
  readonly width: number;
  readonly kind: RowGradient['kind'];
  readonly unit: boolean;
}

/** One step from a state with history, with the gradient given or gathered, against the reference. */
async function check(on: Gpu, { rows, features, width, kind, unit }: Case): Promise<void> {
  const guards = guardBuffers(on);
  try {
    const random = seededRandom(features);
    const shape = [features, width];
    const state = {
      parameter: sample(shape, () => random.sign() * random.uniform(0.2, 1)),
      first: sample(shape, random.normal),
      second: sample(shape, () => random.uniform(0.5, 2)),
    };
    const f = sparseSample(random, [rows, features]);
    const y = sample([rows, width], random.normal);
    const dense = sample(shape, random.normal);
    const parallel = sample([features], random.normal);

    const w = upload(on, 'w', state.parameter);
    const moments = { first: upload(on, 'first', state.first), second: upload(on, 'second', state.second) };
    const p = new ProgramBuilder(on, 'row adam');
    const value = (label: string, x: typeof f) => p.persistent(upload(on, label, x));
    const fValue = value('f', f);
    const gradient: RowGradient =
      kind === 'sparse'
        ? { kind, f: fValue, mask: activeMask(p, fValue), y: value('y', y) }
        : { kind, gradient: value('gradient', dense) };
    rowAdam(
      p,
      p.persistent(w),
      gradient,
      moments,
      OPTIONS,
      unit ? { parallel: value('parallel', parallel) } : null,
    );
    await (await p.build()).run(adamScalars(OPTIONS, 3, 0.125));

    const wanted = rowAdamReference(
      { parameter: state.parameter.values, first: state.first.values, second: state.second.values },
      kind === 'sparse' ? sparseTransposedMatmulReference(f.values, y.values, width) : exactly(dense.values),
      width,
      unit ? parallel.values : null,
      3,
      0.125,
      OPTIONS,
    );
    // The gathered sum, two norms of a row on at least four lanes with an inverse root each, and Adam.
    const roundings =
      (kind === 'sparse' ? rows : 0) + (unit ? 2 * Math.ceil(width / 4) + 8 : 0) + ADAM_ROUNDINGS;
    assertWithinRoundings('w', shape, await readTensor(on, w), wanted.parameter, roundings);
    assertWithinRoundings(
      'first moment',
      shape,
      await readTensor(on, moments.first),
      wanted.first,
      roundings,
    );
    assertWithinRoundings(
      'second moment',
      shape,
      await readTensor(on, moments.second),
      wanted.second,
      roundings,
    );
    await guards.assertIntact();
  } finally {
    guards.free();
  }
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SPARSE_SIZES)(
    'a step of rows gathered from f (%i,%i), D %i, agrees with float64',
    async (rows, features, width) => {
      await check(choose(gpu), { rows, features, width, kind: 'sparse', unit: true });
    },
  );

  test.each([
    [5, 3],
    [31, 16],
    [6, 261],
  ])(
    'a step of (%i,%i) with a given gradient agrees with float64, unit rows or not',
    async (features, width) => {
      for (const unit of [false, true])
        await check(choose(gpu), { rows: 1, features, width, kind: 'dense', unit });
      await check(choose(gpu), { rows: 33, features, width, kind: 'sparse', unit: false });
    },
  );
});

test('a step of rows reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, { rows: 2, features: FOLDED_ROWS, width: 3, kind: 'sparse', unit: true });
});

test('rowAdam refuses a gradient of another shape, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const w = createTensor(gpu, 'w', [8, 3]);
  const record = () =>
    rowAdam(
      p,
      p.persistent(w),
      { kind: 'dense', gradient: p.temporary('dw', [8, 4]) },
      createMoments(gpu, w),
      OPTIONS,
      null,
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rowAdam: D differs, gradient (8,4) says 4 and w (F,D) (8,3) says 3]`,
  );
});
