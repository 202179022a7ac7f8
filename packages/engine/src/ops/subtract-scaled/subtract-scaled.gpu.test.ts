import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { sizeOf } from '../../tensor/shape.ts';
import {
  assertWithinRoundings,
  ELEMENTWISE_SHAPES,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { subtractScaled } from './subtract-scaled.ts';
import { subtractScaledReference } from './subtract-scaled.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each(ELEMENTWISE_SHAPES.map((shape) => ({ shape })))(
  'a - factor · b agrees with float64 on $shape',
  async ({ shape }) => {
    const random = seededRandom(sizeOf(shape));
    const a = sample(shape, random.normal);
    const b = sample(shape, random.normal);
    const { y } = await runRecorded(
      gpu,
      { a, b },
      (p, v) => ({ y: subtractScaled(p, v.a, v.b, { scalar: p.scalar('penalty'), scale: 0.375 }) }),
      { penalty: -1.5 },
    );
    // Two products and a difference.
    assertWithinRoundings('y', shape, y, subtractScaledReference(a.values, b.values, -1.5 * 0.375), 3);
  },
);

test('subtractScaled refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    subtractScaled(p, p.temporary('a', [4]), p.temporary('b', [5]), { scalar: p.scalar('s'), scale: 1 });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: subtractScaled: shapes differ, a (4) and b (5)]`,
  );
});
