import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  ON_BOTH,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
} from '../../testing/index.ts';
import { maskedColumnSumReference } from '../masked-column-sum/masked-column-sum.reference.ts';
import { whereActiveReference } from '../where-active/where-active.reference.ts';
import { whereActiveSums } from './where-active-sums.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, features: number): Promise<void> {
  const random = seededRandom(rows);
  const f = sparseSample(random, [rows, features]);
  const x = sample([rows, features], random.normal);
  const got = await runRecorded(
    on,
    { x, f },
    (p, v) => {
      const { h, sums } = whereActiveSums(p, v.x, v.f, { scalar: p.scalar('penalty'), scale: 0.25 });
      return { h, ...sums };
    },
    { penalty: 0.75 },
  );
  const h = whereActiveReference(x.values, f.values, 0.75 * 0.25);
  const want = maskedColumnSumReference(f.values, h.values, f.values, features);
  // A product and a sum; then at most 64 in a block and one for each block, on entries with those two.
  assertWithinRoundings('h', [rows, features], got.h, h, 2);
  const ofH = maskedColumnSumReference(f.values, h.terms, f.values, features);
  const roundings = 68 + Math.ceil(rows / 64);
  assertWithinRoundings('Σf', [features], got.sumF, want.sumF, roundings);
  assertWithinRoundings(
    'Σh',
    [features],
    got.sumH,
    { values: want.sumH.values, terms: ofH.sumH.terms },
    roundings,
  );
  assertWithinRoundings(
    'Σf·h',
    [features],
    got.sumFH,
    { values: want.sumFH.values, terms: ofH.sumFH.terms },
    roundings,
  );
  assertWithinRoundings('count', [features], got.count, want.count, 0);
}

// Rows around the 64 of a block; columns around the 64 threads of a workgroup, in both forms of Column.
const SHAPES = [
  [1, 1],
  [7, 3],
  [63, 65],
  [64, 64],
  [65, 260],
  [200, 3076],
] as const;

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SHAPES)(
    'x + offset where f (%i,%i) is positive, and the sums, agree with float64',
    async (b, f) => {
      await check(choose(gpu), b, f);
    },
  );
});

test('whereActiveSums refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    whereActiveSums(p, p.temporary('x', [4, 8]), p.temporary('f', [4, 7]), {
      scalar: p.scalar('s'),
      scale: 1,
    });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: whereActiveSums: F differs, x (4,8) says 8 and f (B,F) (4,7) says 7]`,
  );
});
