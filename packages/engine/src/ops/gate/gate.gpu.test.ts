import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  FOLDED_ROWS,
  openUnchecked,
  rowShapes,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { gate } from './gate.ts';
import { gateReference } from './gate.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(rows: number, features: number): Promise<void> {
  const random = seededRandom(rows);
  // Quarters, whose sums float32 holds exactly: many gates are exactly 0, where they are shut.
  const quarter = () => (random.below(17) - 8) / 4;
  const u = sample([rows, features], quarter);
  const gateBias = sample([features], quarter);
  const magnitudeBias = sample([features], random.normal);
  const magnitudeLogScale = sample([features], () => random.uniform(-1, 1));
  const { f } = await runRecorded(gpu, { u, gateBias, magnitudeBias, magnitudeLogScale }, (p, v) => ({
    f: gate(p, v.u, v, true),
  }));
  const want = gateReference(u.values, gateBias.values, magnitudeBias.values, magnitudeLogScale.values);
  // WGSL allows exp an error of 3 + 2|x| units in the last place; a product and a sum follow.
  assertWithinRoundings('f', [2 * rows, features], f, want, 12);
}

test.each(rowShapes(64))('gate of (%i,%i) agrees with float64, shut gates exactly', check);

test('gate reaches every element when its grid folds past 65,535 workgroups', async () => {
  await check(FOLDED_ROWS, 64);
});

test('gate gives the activations alone where the gates are not asked for', async () => {
  const u = { shape: [1, 3], values: Float64Array.of(2, -1, 3) };
  const bias = (value: number) => ({ shape: [3], values: new Float64Array(3).fill(value) });
  const inputs = { u, gateBias: bias(-2.5), magnitudeBias: bias(1), magnitudeLogScale: bias(0) };
  const { f } = await runRecorded(gpu, inputs, (p, v) => ({ f: gate(p, v.u, v, false) }));
  expect([...f]).toEqual([0, 0, 4]);
});

test('gate refuses biases of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const of = (features: number) => p.temporary('bias', [features]);
  expect(() =>
    gate(
      p,
      p.temporary('u', [4, 8]),
      { gateBias: of(8), magnitudeBias: of(7), magnitudeLogScale: of(8) },
      false,
    ),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: gate: F differs, u (4,8) says 8 and magnitudeBias (F) (7) says 7]`,
  );
});
