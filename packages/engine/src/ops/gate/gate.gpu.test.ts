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
  SPARSE_SIZES,
  sparseSample,
  Sums,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { gate, gateGradients, openGates, scaleByMagnitude } from './gate.ts';
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
  const { f, gates } = await runRecorded(gpu, { u, gateBias, magnitudeBias, magnitudeLogScale }, (p, v) => ({
    f: gate(p, v.u, v),
    gates: openGates(p, v.u, v.gateBias),
  }));
  const want = gateReference(u.values, gateBias.values, magnitudeBias.values, magnitudeLogScale.values);
  // WGSL allows exp an error of 3 + 2|x| units in the last place; a product and a sum follow.
  assertWithinRoundings('f', [rows, features], f, want.f, 12);
  expect(gates.findIndex((value, i) => value !== want.gates[i])).toBe(-1);
}

test.each(rowShapes(64))('gate of (%i,%i) agrees with float64, shut gates exactly', check);

test('gate reaches every element when its grid folds past 65,535 workgroups', async () => {
  await check(FOLDED_ROWS, 64);
});

test.each(SPARSE_SIZES)(
  'gradients of gated units over (%i,%i) agree with float64',
  async (rows, features) => {
    const random = seededRandom(rows);
    const marker = sparseSample(random, [rows, features]);
    const h = sample([rows, features], random.normal);
    const vector = () => sample([features], random.normal);
    const inputs = {
      marker,
      h,
      sumH: vector(),
      sumFH: vector(),
      sumK: vector(),
      gateBias: vector(),
      magnitudeBias: vector(),
      magnitudeLogScale: sample([features], () => random.uniform(-1, 1)),
    };
    const got = await runRecorded(gpu, inputs, (p, v) => {
      scaleByMagnitude(p, v.h, activeMask(p, v.marker), v.magnitudeLogScale);
      return { h: v.h, ...gateGradients(p, v.sumH, v.sumFH, v.sumK, v) };
    });
    const scaled = new Sums(rows * features);
    const dLogScale = new Sums(features);
    const through = new Sums(features);
    h.values.forEach((value, i) => {
      const scale = marker.values[i]! > 0 ? Math.exp(inputs.magnitudeLogScale.values[i % features]!) : 1;
      scaled.add(i, scale * value);
    });
    inputs.sumH.values.forEach((sum, j) => {
      dLogScale.add(j, inputs.sumFH.values[j]!);
      dLogScale.add(j, -inputs.magnitudeBias.values[j]! * sum);
      through.add(j, Math.exp(inputs.magnitudeLogScale.values[j]!) * sum);
      through.add(j, inputs.sumK.values[j]!);
    });
    assertWithinRoundings('h', [rows, features], got.h, scaled, 12);
    assertWithinRoundings('dLogScale', [features], got.dLogScale, dLogScale, 3);
    assertWithinRoundings('through', [features], got.through, through, 12);
  },
);

test('gate refuses biases of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const of = (features: number) => p.temporary('bias', [features]);
  const parameters = { gateBias: of(8), magnitudeBias: of(7), magnitudeLogScale: of(8) };
  expect(() => gate(p, p.temporary('u', [4, 8]), parameters)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: gate: F differs, u (4,8) says 8 and magnitudeBias (F) (7) says 7]`,
  );
});
