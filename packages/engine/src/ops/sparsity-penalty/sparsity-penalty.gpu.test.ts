import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
import { sparsityPenalty } from './sparsity-penalty.ts';
import { sparsityPenaltyReference } from './sparsity-penalty.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const LAMBDA = 1.25;
const SCALE = 0.375;

async function check(rows: number, features: number, kind: 'linear' | 'tanh'): Promise<void> {
  const random = seededRandom(rows);
  const f = sparseSample(random, [rows, features]);
  const n = sample([features], () => random.uniform(0.25, 2));
  const h = sample([rows, features], random.normal);
  const got = await runRecorded(
    gpu,
    { f, n, h },
    (p, v) => {
      const factor = { scalar: p.scalar('lambda'), scale: SCALE };
      const options = { kind, sharpness: 2, factor };
      return { ...sparsityPenalty(p, v.f, v.n, activeMask(p, v.f), v.h, options), h: v.h };
    },
    { lambda: LAMBDA },
  );
  const want = sparsityPenaltyReference(f.values, n.values, h.values, { kind, sharpness: 2 }, LAMBDA * SCALE);
  const touched = Array.from(got.h, (value, i) => (f.values[i]! > 0 ? value : 0));
  expect(got.h.findIndex((value, i) => !(f.values[i]! > 0) && value !== h.values[i])).toBe(-1);
  // WGSL allows tanh an error of 1e-5; ours come from exponentials, whose error is a few units in the last place.
  const roundings = kind === 'linear' ? 4 : 16;
  assertWithinRoundings('h', [rows, features], touched, want.h, roundings);
  assertWithinRoundings('value', [features], got.value, want.value, rows + roundings);
  assertWithinRoundings('along', [features], got.along, want.along, rows + roundings);
}

describe.each(['linear', 'tanh'] as const)('a %s penalty', (kind) => {
  test.each(SPARSE_SIZES)('on f (%i,%i) agrees with float64', async (rows, features) => {
    await check(rows, features, kind);
  });
});

test('a tanh penalty of a huge activation is 1, and its slope 0', async () => {
  const f = sample([1, 2], (i) => [1e30, 0.5][i]!);
  const one = sample([2], () => 1);
  const { value, along } = await runRecorded(
    gpu,
    { f, n: one, h: sample([1, 2], () => 0) },
    (p, v) => {
      const factor = { scalar: p.scalar('lambda'), scale: 1 };
      return sparsityPenalty(p, v.f, v.n, activeMask(p, v.f), v.h, { kind: 'tanh', sharpness: 4, factor });
    },
    { lambda: 1 },
  );
  expect(value[0]).toBe(1);
  expect(along[0]).toBeCloseTo(0, 20);
});

test('sparsityPenalty refuses norms of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  const factor = { scalar: p.scalar('lambda'), scale: 1 };
  expect(() =>
    sparsityPenalty(p, f, p.temporary('n', [7]), activeMask(p, f), p.temporary('h', [4, 8]), {
      kind: 'linear',
      factor,
    }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparsityPenalty: F differs, f (4,8) says 8 and n (F) (7) says 7]`,
  );
});
