import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTensor, ProgramBuilder, readTensor, type Gpu } from '../../index.ts';
import {
  assertWithinRoundings,
  ON_BOTH,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
  Sums,
} from '../../testing/index.ts';
import { adam, adamScalars, createMoments } from '../adam/adam.ts';
import { clipGradients, squaredGradientNorm } from './gradient-norm.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([1, 63, 257, 5000])('the norm over %i elements and squares agrees with float64', async (size) => {
    const random = seededRandom(size);
    const a = sample([size], random.normal);
    const squares = sample([2 * size + 1], () => random.uniform(0, 1));
    const { total } = await runRecorded(choose(gpu), { a, squares }, (p, v) => ({
      total: squaredGradientNorm(p, [
        { value: v.a, squared: false },
        { value: v.squares, squared: true },
      ]),
    }));
    const want = new Sums(1);
    a.values.forEach((value) => want.add(0, value * value));
    squares.values.forEach((value) => want.add(0, value));
    // 64 elements a block, the blocks of a lane of four, and the lanes.
    assertWithinRoundings('norm', [1], total, want, 64 + Math.ceil(size / 128) + 64);
  });
});

test.each([
  [0.5, 1],
  [4, 0.25],
])('gradients of norm %d clipped to 1 reach Adam times %d', async (norm, factor) => {
  const OPTIONS = { beta1: 0, beta2: 0, epsilon: 1 };
  const w = createTensor(gpu, 'w', [2], Float32Array.of(0, 0));
  const gradient = createTensor(gpu, 'gradient', [2], Float32Array.of(0.6 * norm, 0.8 * norm));
  const moments = createMoments(gpu, w);
  const p = new ProgramBuilder(gpu, 'clip');
  const g = p.persistent(gradient);
  const clip = p.scalar('clip');
  clipGradients(p, squaredGradientNorm(p, [{ value: g, squared: false }]), 1, clip);
  adam(p, p.persistent(w), g, moments, OPTIONS, clip);
  const program = await p.build();
  await program.run({ ...adamScalars(OPTIONS, 1, 1), clip: 1 });
  // Without momentum the first moment is the gradient itself.
  const [first, second] = await readTensor(gpu, moments.first);
  expect(first).toBeCloseTo(0.6 * norm * factor, 5);
  expect(second).toBeCloseTo(0.8 * norm * factor, 5);
});
