import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  asOneLane,
  checkOp,
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { softmax } from './softmax.ts';
import { softmaxReference } from './softmax.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(
  on: Gpu,
  rows: number,
  width: number,
  causal: boolean,
  draw: (index: number) => number,
): Promise<void> {
  await checkOp(on, {
    op: softmax,
    options: () => ({ causal }),
    inputs: { x: sample(causal ? [rows / width, width, width] : [rows, width], draw) },
    reference: softmaxReference(rows, width, causal),
  });
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('softmax of (%i,%i) agrees with float64', async (rows, width) => {
    const { normal } = seededRandom(rows);
    await check(choose(gpu), rows, width, false, () => 3 * normal());
  });

  test.each([
    [5, 1],
    [1, 7],
    [2, 16],
    [3, 63],
    [1, 68],
  ])('causal softmax of %i squares of %i agrees with float64', async (count, width) => {
    const { normal } = seededRandom(width);
    await check(choose(gpu), count * width, width, true, () => 3 * normal());
  });

  test('rows whose exponentials overflow or vanish in float32 do not', async () => {
    const { normal } = seededRandom(1);
    for (const centre of [500, -500]) await check(choose(gpu), 4, 12, false, () => centre + 60 * normal());
  });

  test('a row that rises all along, so that every element is the highest so far, keeps its bound', async () => {
    for (const rise of [1e-3, 1, 40]) await check(choose(gpu), 1, 1028, false, (index) => rise * index);
  });
});

test('softmax reaches every row when its grid folds past 65,535 workgroups', async () => {
  const { normal } = seededRandom(2);
  await check(asOneLane(gpu), FOLDED_ROWS, 8, false, normal);
});

test('a causal softmax refuses what is not square, showing it', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = () => p.apply(softmax, { x: p.temporary('scores', [2, 3, 4]) }, { causal: true });
  expect(apply).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: softmax: expected x (...,T,T) for a causal softmax, got scores (2,3,4)]`,
  );
});
