import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  SPARSE_SIZES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { maskedColumnSum } from './masked-column-sum.ts';
import { maskedColumnSumReference } from './masked-column-sum.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(rows: number, features: number): Promise<void> {
  const random = seededRandom(rows);
  const marker = sparseSample(random, [rows, features]);
  // What is not marked may hold anything, as it does after a sampled product, and must not be read.
  const marked = (draw: () => number) =>
    sample([rows, features], (i) => (marker.values[i]! > 0 ? draw() : NaN));
  const f = marked(random.normal);
  const h = marked(random.normal);
  const got = await runRecorded(gpu, { f, h, marker }, (p, v) => ({
    ...maskedColumnSum(p, v.f, v.h, activeMask(p, v.marker)),
  }));
  const want = maskedColumnSumReference(f.values, h.values, marker.values, features);
  // A product and at most B sums; counts are whole.
  for (const name of ['sumF', 'sumH', 'sumFH'] as const)
    assertWithinRoundings(name, [features], got[name], want[name], rows + 1);
  assertWithinRoundings('count', [features], got.count, want.count, 0);
}

test.each(SPARSE_SIZES)('sums over the marked rows of (%i,%i) agree with float64', async (rows, features) => {
  await check(rows, features);
});

test('masked column sums reach every column when their grid folds past 65,535 workgroups', async () => {
  // One row of positive whole numbers: every sum is its one entry, or the square of it.
  const f = sample([1, 65_537 * 64], (i) => 1 + (i % 1009));
  const sums = await runRecorded(gpu, { f }, (p, v) => ({
    ...maskedColumnSum(p, v.f, v.f, activeMask(p, v.f)),
  }));
  expect(sums.sumF.findIndex((value, i) => value !== f.values[i])).toBe(-1);
  expect(sums.sumFH.findIndex((value, i) => value !== f.values[i]! ** 2)).toBe(-1);
});

test('maskedColumnSum refuses matrices that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  expect(() =>
    maskedColumnSum(p, f, p.temporary('h', [4, 7]), activeMask(p, f)),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: maskedColumnSum: F differs, f (4,8) says 8 and h (B,F) (4,7) says 7]`,
  );
});
