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
import type { Parts } from './parts.ts';
import { rowAdam, rowGradientSquares, type RowGradient } from './row-adam.ts';
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
  readonly along: boolean;
  readonly unit: boolean;
  readonly clip?: number;
  readonly parts?: Parts;
}

/** A state with history, and what its gradient comes from. */
function draw({ rows, features, width, parts }: Case) {
  const random = seededRandom(features);
  const shape = [features, width];
  return {
    shape,
    state: {
      parameter: sample(shape, () => random.sign() * random.uniform(0.2, 1)),
      first: sample(shape, random.normal),
      second: sample(shape, () => random.uniform(0.5, 2)),
    },
    f: sparseSample(random, [rows, features]),
    y: sample([parts === undefined ? rows : parts.second + rows - parts.first, width], random.normal),
    dense: sample(shape, random.normal),
    along: sample([features], random.normal),
  };
}

/** One step, with the gradient given or gathered, against the reference. */
async function check(on: Gpu, options: Case): Promise<void> {
  const { rows, features, width, kind, unit, clip, parts } = options;
  const guards = guardBuffers(on);
  try {
    const { shape, state, f, y, dense, along } = draw(options);
    const w = upload(on, 'w', state.parameter);
    const moments = { first: upload(on, 'first', state.first), second: upload(on, 'second', state.second) };
    const alongTensor = upload(on, 'along', along);
    const p = new ProgramBuilder(on, 'row adam');
    const value = (label: string, x: typeof f) => p.persistent(upload(on, label, x));
    const fValue = value('f', f);
    const gradient: RowGradient =
      kind === 'sparse'
        ? {
            kind,
            f: fValue,
            mask: activeMask(p, fValue),
            y: value('y', y),
            ...(parts === undefined ? {} : { parts }),
          }
        : { kind, gradient: value('gradient', dense) };
    const rule = { along: options.along ? p.persistent(alongTensor) : null, unit };
    const factor = clip === undefined ? null : p.scalar('clip');
    const squares = p.output(rowAdam(p, p.persistent(w), gradient, moments, OPTIONS, rule, factor));
    const scalars = { ...adamScalars(OPTIONS, 3, 0.125), ...(clip === undefined ? {} : { clip }) };
    await (await p.build()).run(scalars);

    const wanted = rowAdamReference(
      { parameter: state.parameter.values, first: state.first.values, second: state.second.values },
      kind === 'sparse'
        ? sparseTransposedMatmulReference(f.values, y.values, width, features, parts)
        : exactly(dense.values),
      width,
      { along: options.along ? along.values : null, unit, ...(clip === undefined ? {} : { clip }) },
      3,
      0.125,
      OPTIONS,
    );
    // The gathered sum, two norms of a row on at least four lanes with an inverse root each, and Adam.
    const norms = options.along || unit ? 2 * Math.ceil(width / 4) + 8 : 0;
    const roundings = (kind === 'sparse' ? rows : 0) + norms + ADAM_ROUNDINGS;
    const results = { w: wanted.parameter, 'first moment': wanted.first, 'second moment': wanted.second };
    const tensors = { w, 'first moment': moments.first, 'second moment': moments.second };
    for (const [name, want] of Object.entries(results))
      assertWithinRoundings(name, shape, await readTensor(on, tensors[name as 'w']), want, roundings);
    assertWithinRoundings(
      'squares',
      [features],
      await readTensor(on, squares),
      wanted.squares,
      roundings + width,
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
      await check(choose(gpu), { rows, features, width, kind: 'sparse', along: true, unit: true });
    },
  );

  test.each([
    [5, 3],
    [31, 16],
    [6, 261],
  ])(
    'a step of (%i,%i) with a given gradient agrees with float64, unit rows or not',
    async (features, width) => {
      const given = { rows: 1, features, width, kind: 'dense' } as const;
      for (const unit of [false, true]) await check(choose(gpu), { ...given, along: unit, unit });
      await check(choose(gpu), { ...given, along: true, unit: false, clip: 0.25 });
      const gathered = { rows: 33, features, width, kind: 'sparse', along: false, unit: false } as const;
      await check(choose(gpu), gathered);
    },
  );
});

test('a step of rows reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(gpu, { rows: 2, features: FOLDED_ROWS, width: 3, kind: 'sparse', along: true, unit: true });
});

test('a stack of two parts and groups of columns are gathered from the rows they meet', async () => {
  const parts = { first: 33, second: 99, groups: [7, 31, 70] };
  await check(gpu, { rows: 66, features: 70, width: 5, kind: 'sparse', along: true, unit: true, parts });
});

test('the norms of gradients alone are those of the step, and nothing moves', async () => {
  const options = { rows: 33, features: 31, width: 16, kind: 'sparse', along: true, unit: true } as const;
  const { state, f, y, along } = draw(options);
  const w = upload(gpu, 'w', state.parameter);
  const moments = { first: upload(gpu, 'first', state.first), second: upload(gpu, 'second', state.second) };
  const p = new ProgramBuilder(gpu, 'norms');
  const fValue = p.persistent(upload(gpu, 'f', f));
  const gradient: RowGradient = {
    kind: 'sparse',
    f: fValue,
    mask: activeMask(p, fValue),
    y: p.persistent(upload(gpu, 'y', y)),
  };
  const rule = (label: string) => ({ along: p.persistent(upload(gpu, label, along)), unit: true });
  const args = [p, p.persistent(w), gradient, moments, OPTIONS] as const;
  const alone = p.output(rowGradientSquares(...args, rule('along')));
  const before = await readTensor(gpu, w);
  const program = await p.build();
  await program.run(adamScalars(OPTIONS, 3, 0.125));
  expect(await readTensor(gpu, w)).toEqual(before);
  expect(await readTensor(gpu, moments.first)).toEqual(Float32Array.from(state.first.values));
  const q = new ProgramBuilder(gpu, 'step');
  const qf = q.persistent(upload(gpu, 'f', f));
  const squares = q.output(
    rowAdam(
      q,
      q.persistent(w),
      { kind: 'sparse', f: qf, mask: activeMask(q, qf), y: q.persistent(upload(gpu, 'y', y)) },
      moments,
      OPTIONS,
      { along: q.persistent(upload(gpu, 'along', along)), unit: true },
    ),
  );
  await (await q.build()).run(adamScalars(OPTIONS, 3, 0.125));
  expect(await readTensor(gpu, squares)).toEqual(await readTensor(gpu, alone));
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
      { along: null, unit: false },
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rowAdam: D differs, gradient (8,4) says 4 and w (F,D) (8,3) says 3]`,
  );
});
