import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import {
  assertWithinRoundings,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
  Sums,
  upload,
  type Sample,
} from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask, activeRows, stackedColumns } from '../active-mask/active-mask.ts';
import { adamScalars, createMoments, type AdamOptions } from '../adam/adam.ts';
import { sparseTransposedMatmul } from '../sparse-transposed-matmul/sparse-transposed-matmul.ts';
import { rowOf } from './parts.reference.ts';
import { rowAdam, rowGradientSquares, type RowGradient } from './row-adam.ts';
import { checkRowAdam, proofs } from './row-adam.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

const OPTIONS: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

test('a stack of two parts and groups of columns are gathered from the rows they meet', async () => {
  const parts = { first: 33, second: 99, groups: [7, 31, 70] };
  const options = { kind: 'sparse', along: true, unit: true, parts } as const;
  await checkRowAdam(gpu, { rows: 66, features: 70, width: 5, ...options });
});

test('a second part that has the rows of the first again is gathered by its own mask', async () => {
  const [rows, features, width] = [33, 70, 5];
  const parts = { first: 64, second: 128, groups: [7, 31, features] };
  const random = seededRandom(4);
  const f = sample([rows, features], random.normal);
  const [one, other] = [1, 2].map(() => sparseSample(random, [rows, features])) as [Sample, Sample];
  const y = sample([parts.second + rows, width], random.normal);
  const moment = () =>
    createMoments(
      gpu,
      upload(
        gpu,
        'w',
        sample([features, width], () => 0),
      ),
    );
  const record = (p: ProgramBuilder, v: Record<'f' | 'one' | 'other' | 'y', Value>) => {
    const masks = [activeRows(p, v.one), activeRows(p, v.other)];
    const mask = stackedColumns(p, masks, features, parts.first);
    const w = p.persistent(
      upload(
        gpu,
        'w',
        sample([features, width], () => 1),
      ),
    );
    const rule = { along: null, unit: false };
    const gradient: RowGradient = { kind: 'sparse', f: v.f, mask, y: v.y, parts: { ...parts, again: true } };
    return {
      squares: rowGradientSquares(p, w, gradient, moment(), OPTIONS, rule),
      g: sparseTransposedMatmul(p, v.f, mask, v.y, 'g', { ...parts, again: true }),
    };
  };
  const results = await runRecorded(gpu, { f, one, other, y }, record, adamScalars(OPTIONS, 1, 0));
  const row = rowOf(parts);
  const want = new Sums(features * width);
  for (const [part, { values }] of [one, other].entries())
    values.forEach((marked, i) => {
      const [b, j] = [Math.floor(i / features), i % features];
      if (!(marked > 0)) return;
      for (let d = 0; d < width; d++)
        want.add(j * width + d, f.values[i]! * y.values[row(part * parts.first + b, j) * width + d]!);
    });
  assertWithinRoundings('g', [features, width], results.g, want, 2 * rows);
  const squares = new Sums(features);
  want.values.forEach((g, i) => squares.add(Math.floor(i / width), g * g, 2 * Math.abs(g) * want.terms[i]!));
  assertWithinRoundings('squares', [features], results.squares, squares, 2 * rows + width);
});

test('the norms of gradients alone are those of the step, and nothing moves', async () => {
  const [rows, features, width] = [33, 31, 16];
  const random = seededRandom(features);
  const f = sparseSample(random, [rows, features]);
  const y = sample([rows, width], random.normal);
  const along = sample([features], random.normal);
  const w = upload(gpu, 'w', sample([features, width], random.normal));
  const moments = createMoments(gpu, w);
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
  expect(await readTensor(gpu, moments.first)).toEqual(new Float32Array(features * width));
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
