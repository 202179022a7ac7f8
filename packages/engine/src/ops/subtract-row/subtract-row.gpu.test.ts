import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  asOneLane,
  assertWithinRoundings,
  FOLDED_ROWS,
  openUnchecked,
  rowShapes,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { subtractRow } from './subtract-row.ts';
import { subtractRowReference } from './subtract-row.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, ...shape: number[]): Promise<void> {
  const random = seededRandom(1);
  const x = sample(shape, random.normal);
  const v = sample([shape.at(-1)!], random.normal);
  const { y } = await runRecorded(on, { x, v }, (p, values) => ({
    y: subtractRow(p, values.x, values.v, 'y'),
  }));
  assertWithinRoundings('y', shape, y, subtractRowReference(x.values, v.values), 1);
}

test.each(rowShapes(64))(
  'a vector taken from the rows of (%i,%i) agrees with float64',
  async (rows, width) => {
    await check(gpu, rows, width);
  },
);

test('a vector can be taken from a vector, and from matrices in a batch', async () => {
  await check(gpu, 67);
  await check(gpu, 2, 3, 5);
});

test('subtractRow reaches every element when its grid folds past 65,535 workgroups', async () => {
  await check(asOneLane(gpu), FOLDED_ROWS, 8);
});

test('subtractRow refuses a vector of another width, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    subtractRow(p, p.temporary('x', [4, 8]), p.temporary('v', [7]), 'y'),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: subtractRow: expected a vector as wide as x, got x (4,8) and v (7)]`,
  );
});
