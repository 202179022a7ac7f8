import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import { sample, seededRandom, sparseSample, upload } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { adamScalars, createMoments, type AdamOptions } from '../adam/adam.ts';
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
