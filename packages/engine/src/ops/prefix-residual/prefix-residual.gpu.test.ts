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
import { prefixResidual } from './prefix-residual.ts';
import { prefixResidualReference } from './prefix-residual.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const SCALE = 0.375;

async function check(on: Gpu, rows: number, width: number, prefixes: number): Promise<void> {
  const random = seededRandom(rows);
  const x = sample([rows, width], random.normal);
  const reconstructions = sample([prefixes * rows, width], random.normal);
  const parts = { first: rows, groups: Array.from({ length: prefixes }, (_, g) => g + 1) };
  const got = await runRecorded(on, { reconstructions, x }, (p, v) =>
    prefixResidual(p, v.reconstructions, v.x, parts, SCALE),
  );
  const want = prefixResidualReference(reconstructions.values, x.values, width, SCALE);
  assertWithinRoundings('d', reconstructions.shape, got.d, want.d, prefixes + 2);
  // A difference, its square and the sum of all.
  assertWithinRoundings('prefixLoss', [rows], got.prefixLoss, want.prefixLoss, prefixes * width + 4);
  assertWithinRoundings('rowLoss', [rows], got.rowLoss, want.rowLoss, width + 4);
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('prefix residuals of (%i,%i) agree with float64', async (rows, width) => {
    for (const prefixes of [1, 3]) await check(choose(gpu), rows, width, prefixes);
  });
});

test('prefix residuals reach every row when their grid folds past 65,535 workgroups', async () => {
  await check(gpu, FOLDED_ROWS, 2, 2);
});

test('prefixResidual refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const parts = { first: 4, groups: [8] };
  expect(() =>
    prefixResidual(p, p.temporary('reconstructions', [4, 3]), p.temporary('x', [4, 2]), parts, 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: prefixResidual: D differs, reconstructions (4,3) says 3 and x (B,D) (4,2) says 2]`,
  );
});
