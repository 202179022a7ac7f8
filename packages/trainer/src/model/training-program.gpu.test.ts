import { adamScalars, openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { initialValues } from './initialise.ts';
import { countParameters, type TransformerConfig } from './parameters.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from './training-program.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

it('costs a training step what the layers of a transformer need', async () => {
  const config: TransformerConfig = {
    layers: 2,
    dModel: 12,
    heads: 3,
    dMlp: 20,
    context: 6,
    vocabulary: 31,
    activation: 'gelu_new',
    layerNormEpsilon: 1e-5,
    tied: false,
  };
  const { layers: L, dModel: D, heads: H, dMlp: M, context: T, vocabulary: V } = config;
  const sequences = 5;
  const N = sequences * T;
  const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
  const parameters = uploadParameters(gpu, config, initialValues(config, 1));
  const { program, batch } = await buildTrainingProgram(gpu, config, parameters, sequences, adam);
  setBatch(
    gpu,
    batch,
    Uint32Array.from({ length: sequences * (T + 1) }, (_, i) => i % V),
  );
  const times = await program.profile(adamScalars(adam, 1, 0));
  const flops = (op: RegExp): number =>
    times.filter(({ label }) => op.test(label)).reduce((sum, { work }) => sum + work!.flops, 0);

  // Forward once and backward twice: queries, keys and values, attention's output, the MLP, scores and their use,
  // and the logits. Besides, forward adds biases and scales the scores.
  const forward = L * (2 * N * (3 * D * D + D * D + 2 * D * M) + 2 * 2 * N * T * D) + 2 * N * D * V;
  const besides = L * (N * (3 * D + D + M + D) + N * H * T);
  expect(flops(/^matmul\//)).toBeCloseTo(3 * forward + besides, 3);
  expect(flops(/^adam$/)).toBe(14 * countParameters(config));
  expect(flops(/^layernorm\//)).toBe((2 * L + 1) * N * (7 * D + 5 + 10 * D + 2 + 5 * D));
  expect(flops(/^softmax\//)).toBe(L * (4 + 5) * sequences * H * ((T * (T + 1)) / 2));
  expect(flops(/^activation$/)).toBe(L * (9 + 16) * N * M);
  expect(flops(/^cross-entropy\//)).toBe(N * (3 * V + 3 + 3 * V + 1));
  program.destroy();
});
