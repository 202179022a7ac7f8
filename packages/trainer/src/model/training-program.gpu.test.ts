import { adamScalars, openDevice, readTensor, type Gpu, type Tensor } from '@monosema/engine';
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

it('scales the gradient of all parameters down to a norm, and leaves smaller ones as they are', async () => {
  const config: TransformerConfig = {
    layers: 1,
    dModel: 8,
    heads: 2,
    dMlp: 12,
    context: 5,
    vocabulary: 19,
    activation: 'relu',
    layerNormEpsilon: 1e-5,
    tied: false,
  };
  const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
  const tokens = Uint32Array.from({ length: 3 * 6 }, (_, i) => (i * 7) % 19);
  const step = async (clip: number | null) => {
    const parameters = uploadParameters(gpu, config, initialValues(config, 1));
    const made = await buildTrainingProgram(gpu, config, parameters, 3, { ...adam, clip, keep: true });
    setBatch(gpu, made.batch, tokens);
    await made.program.run({ ...adamScalars(adam, 1, 0.01), ...(clip === null ? {} : { clip: 1 }) });
    const read = async (of: Iterable<readonly [string, Tensor]>) =>
      new Map(await Promise.all([...of].map(async ([name, x]) => [name, await readTensor(gpu, x)] as const)));
    const first = await read([...made.moments].map(([name, { first: moment }]) => [name, moment] as const));
    const norm = Math.sqrt((await readTensor(gpu, made.squaredGradientNorm))[0]!);
    const gradients = await read(made.gradients);
    made.program.destroy();
    return { first, norm, gradients };
  };
  const free = await step(null);
  const squares = [...free.gradients.values()].flatMap((gradient) => [...gradient].map((g) => g * g));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  expect(free.norm / norm).toBeCloseTo(1, 5);
  for (const [clip, factor] of [
    [2 * norm, 1],
    [norm / 4, 1 / 4],
  ] as const) {
    const clipped = await step(clip);
    expect(clipped.norm).toBe(free.norm);
    // Adam's first moment after one step is a tenth of what it was given.
    for (const [name, moment] of clipped.first)
      moment.forEach((m, i) => expect(m).toBeCloseTo(factor * free.first.get(name)![i]!, 6));
  }
});

it('trains on a vocabulary of 65,536 without its logits ever being there whole', async () => {
  const config: TransformerConfig = {
    layers: 1,
    dModel: 8,
    heads: 2,
    dMlp: 8,
    context: 64,
    vocabulary: 65_536,
    activation: 'relu',
    layerNormEpsilon: 1e-5,
    tied: false,
  };
  const sequences = 8;
  const adam = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };
  const parameters = uploadParameters(gpu, config, initialValues(config, 1));
  const { program, batch, loss } = await buildTrainingProgram(gpu, config, parameters, sequences, adam);
  const temporaries = program.plan.slotBytes.reduce((sum, bytes) => sum + bytes, 0);
  expect(temporaries).toBeLessThan(4 * sequences * config.context * config.vocabulary);
  // Tokens from all parts of the vocabulary, so that each has targets; the same at every step, so that they are learned.
  const tokens = Uint32Array.from(
    { length: sequences * (config.context + 1) },
    (_, i) => (i * 4099) % 65_536,
  );
  setBatch(gpu, batch, tokens);
  const losses: number[] = [];
  for (let step = 1; step <= 4; step++) {
    await program.run(adamScalars(adam, step, 0.05));
    losses.push((await readTensor(gpu, loss))[0]!);
  }
  // Small weights predict all tokens alike.
  expect(losses[0]).toBeCloseTo(Math.log(config.vocabulary), 1);
  expect(losses[3]).toBeLessThan(losses[0]! - 1);
  program.destroy();
});
