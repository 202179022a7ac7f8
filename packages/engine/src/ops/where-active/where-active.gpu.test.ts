import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  openUnchecked,
  rowShapes,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
} from '../../testing/index.ts';
import { whereActive } from './where-active.ts';
import { whereActiveReference } from './where-active.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each(rowShapes(64))(
  'x + offset where f (%i,%i) is positive agrees with float64, and is zero elsewhere',
  async (rows, features) => {
    const random = seededRandom(rows);
    const f = sparseSample(random, [rows, features]);
    const x = sample([rows, features], random.normal);
    const { y } = await runRecorded(
      gpu,
      { x, f },
      (p, v) => ({ y: whereActive(p, v.x, v.f, { scalar: p.scalar('penalty'), scale: 0.25 }) }),
      { penalty: 0.75 },
    );
    // A product and a sum.
    assertWithinRoundings('y', [rows, features], y, whereActiveReference(x.values, f.values, 0.75 * 0.25), 2);
  },
);

test('whereActive refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    whereActive(p, p.temporary('x', [4, 8]), p.temporary('f', [4, 7]), { scalar: p.scalar('s'), scale: 1 });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: whereActive: F differs, x (4,8) says 8 and f (B,F) (4,7) says 7]`,
  );
});
