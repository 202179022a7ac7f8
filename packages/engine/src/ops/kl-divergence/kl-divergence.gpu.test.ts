import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { klDivergence } from './kl-divergence.ts';
import { klDivergenceReference, klDivergenceRoundings } from './kl-divergence.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, vocabulary: number, spread: number, offset = 0): Promise<void> {
  const random = seededRandom(rows + vocabulary);
  const draw = () => sample([rows, vocabulary], () => offset + spread * random.normal());
  const inputs = { before: draw(), after: draw() };
  const record = () =>
    runRecorded(on, inputs, (p, { before, after }) => ({ divergence: klDivergence(p, before, after) }));
  const { divergence } = await record();
  const want = klDivergenceReference(inputs.before.values, inputs.after.values, vocabulary);
  assertWithinRoundings('klDivergence', [rows], divergence, want, klDivergenceRoundings(vocabulary));
  expect((await record()).divergence).toEqual(divergence);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('the divergence of (%i,%i) agrees with float64', async (rows, vocabulary) => {
    await check(choose(gpu), rows, vocabulary, 2);
  });

  test('logits whose exponentials overflow or vanish in float32 do not', async () => {
    await check(choose(gpu), 4, 9, 20, 500);
    await check(choose(gpu), 4, 9, 20, -500);
  });
});

test('the divergence of logits from themselves, and from the same shifted, is zero', async () => {
  const random = seededRandom(3);
  const before = sample([5, 33], random.normal);
  const after = { shape: before.shape, values: before.values.map((value) => value + 7) };
  const { divergence } = await runRecorded(gpu, { before, after }, (p, v) => ({
    divergence: klDivergence(p, v.before, v.after),
  }));
  // 7 more is rounded at 2⁻²² or so.
  divergence.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5));
});

test('every row is reached when the grid folds past 65,535 workgroups', async () => {
  await check(gpu, FOLDED_ROWS, 5, 1);
});

test('klDivergence refuses logits of different widths, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    klDivergence(p, p.temporary('before', [4, 8]), p.temporary('after', [4, 9])),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: klDivergence: V differs, before (4,8) says 8 and after (N,V) (4,9) says 9]`,
  );
});
