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
import { rowNorm } from './row-norm.ts';
import { rowNormReference } from './row-norm.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, width: number): Promise<void> {
  const w = sample([rows, width], seededRandom(rows).normal);
  const { norm } = await runRecorded(on, { w }, (p, v) => ({ norm: rowNorm(p, v.w) }));
  // Squares and their sum on the fewest lanes, and a root, which halves what came before and adds its own.
  assertWithinRoundings('norm', [rows], norm, rowNormReference(w.values, width), width + 4);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('norms of the rows of (%i,%i) agree with float64', async (rows, width) => {
    await check(choose(gpu), rows, width);
  });
});

test('row norms reach every row when their grid folds past 65,535 workgroups', async () => {
  await check(gpu, FOLDED_ROWS, 3);
});

test('rowNorm refuses what is no matrix, showing it', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() => rowNorm(p, p.temporary('w', [4]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rowNorm: expected w (F,D), got (4)]`,
  );
});
