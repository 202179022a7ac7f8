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
import { jumpRelu, nearThreshold, thresholdGradient } from './jump-relu.ts';
import { jumpReluReference, thresholdGradientReference } from './jump-relu.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const BANDWIDTH = 0.25;

async function check(rows: number, features: number): Promise<void> {
  const random = seededRandom(rows);
  // Sixteenths: many inputs lie exactly on a threshold or on an edge of the bandwidth, where < and <= differ.
  const x = sample([rows, features], () => (random.below(65) - 32) / 16);
  const threshold = sample([features], () => (random.below(20) - 2) / 16);
  const got = await runRecorded(gpu, { x, threshold }, (p, v) => ({
    f: jumpRelu(p, v.x, v.threshold),
    near: nearThreshold(p, v.x, v.threshold, BANDWIDTH),
  }));
  const want = jumpReluReference(x.values, threshold.values, BANDWIDTH);
  for (const name of ['f', 'near'] as const)
    expect(
      got[name].findIndex((value, i) => value !== want[name][i]),
      name,
    ).toBe(-1);
}

test.each(rowShapes(64))('jumpRelu of (%i,%i) selects exactly, on edges too', check);

test('jumpRelu reaches every element when its grid folds past 65,535 workgroups', async () => {
  await check(FOLDED_ROWS, 64);
});

test.each([1, 63, 64, 65, 131])('the gradient of %i thresholds agrees with float64', async (features) => {
  const random = seededRandom(features);
  const threshold = sample([features], () => random.uniform(0, 1));
  const sumProducts = sample([features], random.normal);
  const count = sample([features], () => random.below(50));
  const { gradient } = await runRecorded(
    gpu,
    { threshold, sumProducts, count },
    (p, v) => {
      const penalty = { scalar: p.scalar('penalty'), scale: 0.375 };
      return { gradient: thresholdGradient(p, v.threshold, v.sumProducts, v.count, BANDWIDTH, penalty) };
    },
    { penalty: 1.5 },
  );
  const want = thresholdGradientReference(
    threshold.values,
    sumProducts.values,
    count.values,
    BANDWIDTH,
    0.375 * 1.5,
  );
  // Products, a sum and a division.
  assertWithinRoundings('gradient', [features], gradient, want, 6);
});

test('jumpRelu refuses thresholds of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    jumpRelu(p, p.temporary('x', [4, 8]), p.temporary('threshold', [7])),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: jumpRelu: F differs, x (4,8) says 8 and threshold (F) (7) says 7]`,
  );
});
