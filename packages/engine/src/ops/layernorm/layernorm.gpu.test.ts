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
import { layernorm } from './layernorm.ts';
import { layernormReference } from './layernorm.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, width: number, epsilon: number, centre = 0.5): Promise<void> {
  const random = seededRandom(rows);
  const inputs = {
    x: sample([rows, width], () => centre + random.normal()),
    gain: sample([width], random.normal),
    bias: sample([width], random.normal),
  };
  await checkOp(on, {
    op: layernorm,
    options: () => ({ epsilon }),
    inputs,
    reference: layernormReference(rows, width, epsilon),
  });
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('layernorm of (%i,%i) agrees with float64', async (rows, width) => {
    await check(choose(gpu), rows, width, 1e-5);
  });

  test('a large epsilon counts, and rows far from zero keep their variance', async () => {
    await check(choose(gpu), 70, 6, 0.25);
    await check(choose(gpu), 3, 33, 1e-5, 1000);
  });
});

test('layernorm reaches every row and element when its grids fold past 65,535 workgroups', async () => {
  await check(asOneLane(gpu), FOLDED_ROWS, 8, 1e-5);
});

test('layernorm refuses a gain of another width, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const inputs = {
    x: p.temporary('x', [4, 8]),
    gain: p.temporary('gain', [6]),
    bias: p.temporary('bias', [8]),
  };
  expect(() => p.apply(layernorm, inputs, { epsilon: 1e-5 })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: layernorm: D differs, x (4,8) says 8 and gain (D) (6) says 6]`,
  );
});
