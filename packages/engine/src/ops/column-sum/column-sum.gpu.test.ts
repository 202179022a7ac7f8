import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { columnSum } from './column-sum.ts';
import { columnSumReference, columnSumRoundings } from './column-sum.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

// Columns go around the 64 threads of a workgroup, in both forms of Column, rows around the 64 of a block; 4,097 rows
// take three passes.
const SHAPES = [
  [1, 1],
  [7, 3],
  [63, 65],
  [64, 64],
  [65, 63],
  [129, 5],
  [65, 260],
  [3, 3076],
  [4097, 2],
] as const;

test.each(SHAPES)('column sums of (%i,%i), plain and scaled, agree with float64', async (rows, width) => {
  const random = seededRandom(rows);
  const x = sample([rows, width], random.normal);
  const scale = sample([rows], random.normal);
  const { plain, scaled } = await runRecorded(gpu, { x, scale }, (p, v) => ({
    plain: columnSum(p, v.x),
    scaled: columnSum(p, v.x, v.scale),
  }));
  const roundings = columnSumRoundings(rows);
  assertWithinRoundings('plain', [width], plain, columnSumReference(x.values, width), roundings);
  assertWithinRoundings(
    'scaled',
    [width],
    scaled,
    columnSumReference(x.values, width, scale.values),
    roundings,
  );
});

test('columnSum refuses scales of another length, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () => columnSum(p, p.temporary('x', [5, 3]), p.temporary('scale', [4]));
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: columnSum: N differs, x (5,3) says 5 and scale (N) (4) says 4]`,
  );
});
