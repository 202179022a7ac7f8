import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import { sizeOf } from '../../tensor/shape.ts';
import {
  asOneLane,
  checkOp,
  ELEMENTWISE_SHAPES,
  openUnchecked,
  sample,
  seededRandom,
  watchBuffers,
} from '../../testing/index.ts';
import { add } from './add.ts';
import { addReference } from './add.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each(ELEMENTWISE_SHAPES.map((shape) => ({ shape })))(
  'add agrees with float64 on $shape',
  async ({ shape }) => {
    const random = seededRandom(1);
    const inputs = { a: sample(shape, random.normal), b: sample(shape, random.normal) };
    await checkOp(gpu, { op: add, options: () => ({}), inputs, reference: addReference(sizeOf(shape)) });
  },
);

test('add reaches every element when its grid folds past 65,535 workgroups', async () => {
  const watch = watchBuffers(gpu);
  // CPU adapters give a workgroup so many elements that no grid folds.
  const size = 65_536 * 4 + 5;
  const x = createTensor(
    gpu,
    'x',
    [size],
    Float32Array.from({ length: size }, (_, i) => i % 1009),
  );
  const p = new ProgramBuilder(asOneLane(gpu), 'folded add');
  const y = p.output(p.apply(add, { a: p.persistent(x), b: p.persistent(x) }, {}));
  const program = await p.build();
  await program.run();
  const got = await readTensor(gpu, y);
  // Small whole numbers: doubling them is exact, and zero is what an untouched element would hold.
  const wrong = got.findIndex((value, i) => value !== 2 * (i % 1009));
  watch.stop();
  for (const buffer of watch.live) buffer.destroy();
  expect(wrong).toBe(-1);
});

test('add refuses two shapes, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = () => p.apply(add, { a: p.temporary('left', [2, 3]), b: p.temporary('right', [3, 2]) }, {});
  expect(apply).toThrowErrorMatchingInlineSnapshot(`[ShapeError: add: shapes differ, a (2,3) and b (3,2)]`);
});
