import { adamScalars, createTensor, openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { normals } from '../random/seeded.ts';
import { paper } from './architectures/paper.ts';
import { initialDictionary, randomDirections } from './initialise.ts';
import { buildStepProgram, createDictionaryMoments } from './step-program.ts';

const A = 12;
const F = 40;
const BATCH = 48;
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Floating-point operations of one step by kernel, and how many entries of it were active. */
async function stepCosts(path: 'sparse' | 'dense') {
  const normal = normals(2);
  const vectors = Float32Array.from({ length: BATCH * A }, () => Math.max(0, normal()));
  const batch = createTensor(gpu, 'batch', [BATCH, A], vectors);
  const median = new Float32Array(A).fill(0.4);
  const architecture = paper();
  const dictionary = await initialDictionary(gpu, 'A/0', architecture, {
    sample: batch,
    directions: randomDirections(F, A, 3),
    encoderNorm: 0.5,
    decoderBias: median,
    density: 0.2,
  });
  const moments = createDictionaryMoments(gpu, dictionary);
  const options = { adam: ADAM, architecture, path };
  const { program, l0 } = await buildStepProgram(gpu, dictionary, moments, batch, options);
  const times = await program.profile({ ...adamScalars(ADAM, 1, 0), penalty: 1 });
  const active = Math.round(F * (await readTensor(gpu, l0.tensor))[0]!);
  program.destroy();
  const flops = (op: RegExp): number =>
    times.filter(({ label }) => op.test(label)).reduce((sum, { work }) => sum + work!.flops, 0);
  return { active, flops };
}

// What rows of norm 1 need besides Adam's 14 operations an element and the two of the gradient's norm.
const unitRows = F * (7 * A + 3);

it('costs a dense step five products', async () => {
  const { flops } = await stepCosts('dense');
  expect(flops(/^matmul\//)).toBeCloseTo(10 * BATCH * A * F + BATCH * F + BATCH * A, 3);
  expect(flops(/^row-adam$/)).toBe(2 * 16 * F * A + unitRows);
});

it('costs a sparse step one product, and the rest by the entries that were active', async () => {
  const { active, flops } = await stepCosts('sparse');
  expect(active).toBeGreaterThan(BATCH);
  expect(active).toBeLessThan((BATCH * F) / 2);
  expect(flops(/^matmul\//)).toBeCloseTo(2 * BATCH * A * F + BATCH * F, 3);
  expect(flops(/^sparse-matmul$/)).toBe(2 * active * A + BATCH * A);
  expect(flops(/^sampled-product$/)).toBe(active * (2 * A + 2));
  expect(flops(/^masked-column-sum$/)).toBe(4 * active);
  expect(flops(/^row-adam$/)).toBe(2 * 16 * F * A + unitRows + 2 * (2 * active * A));
});
