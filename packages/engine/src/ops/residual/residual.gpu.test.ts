import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  asOneLane,
  assertWithinRoundings,
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { residual } from './residual.ts';
import { residualReference } from './residual.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const SCALE = 0.375;

async function check(on: Gpu, rows: number, width: number): Promise<void> {
  const random = seededRandom(rows);
  const reconstruction = sample([rows, width], random.normal);
  const x = sample([rows, width], random.normal);
  const got = await runRecorded(on, { reconstruction, x }, (p, v) =>
    residual(p, v.reconstruction, v.x, SCALE),
  );
  const want = residualReference(reconstruction.values, x.values, width, SCALE);
  // A difference and a product; twice the difference's error and at most D fused multiply-adds.
  assertWithinRoundings('d', [rows, width], got.d, want.d, 2);
  assertWithinRoundings('row loss', [rows], got.rowLoss, want.rowLoss, width + 2);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('the residual of (%i,%i) agrees with float64', async (rows, width) => {
    await check(choose(gpu), rows, width);
  });
});

test('the residual reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(asOneLane(gpu), FOLDED_ROWS, 4);
});

test('residual refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    residual(p, p.temporary('x̂', [4, 8]), p.temporary('x', [4, 7]), 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: residual: D differs, reconstruction (4,8) says 8 and x (B,D) (4,7) says 7]`,
  );
});
