import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { readTensor } from '../../tensor/tensor.ts';
import { sizeOf } from '../../tensor/shape.ts';
import {
  checkOp,
  ELEMENTWISE_SHAPES,
  openUnchecked,
  sample,
  seededRandom,
  upload,
} from '../../testing/index.ts';
import { activation, ACTIVATIONS, reluBackward } from './activation.ts';
import { activationReference } from './activation.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const cases = ACTIVATIONS.flatMap((kind) => ELEMENTWISE_SHAPES.map((shape) => ({ kind, shape })));

test.each(cases)('$kind agrees with float64 on $shape', async ({ kind, shape }) => {
  const random = seededRandom(1);
  const inputs = { x: sample(shape, () => 3 * random.normal()) };
  await checkOp(gpu, {
    op: activation,
    options: () => ({ kind }),
    inputs,
    reference: activationReference(kind, sizeOf(shape)),
  });
});

test.each(ACTIVATIONS)('%s stays finite and right far out, and at zero', async (kind) => {
  const x = sample([8], (index) => [0, -0, 1e-30, -1e-30, 100, -100, 1e6, -1e6][index]!);
  await checkOp(gpu, {
    op: activation,
    options: () => ({ kind }),
    inputs: { x },
    reference: activationReference(kind, 8),
  });
});

test('the gradient before a ReLU passes where its output is positive, and is zero elsewhere', async () => {
  const p = new ProgramBuilder(gpu, 'relu backward');
  const gradient = p.persistent(
    upload(gpu, 'gradient', { shape: [5], values: Float64Array.of(1, 2, 3, 4, 5) }),
  );
  const output = p.persistent(
    upload(gpu, 'output', { shape: [5], values: Float64Array.of(0, 0.5, 0, 2, 0) }),
  );
  const before = p.output(reluBackward(p, gradient, output));
  await (await p.build()).run();
  expect([...(await readTensor(gpu, before))]).toEqual([0, 2, 0, 4, 0]);
});
