import { adamScalars, openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniforms } from '../random/seeded.ts';
import { initialValues } from './initialise.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { allowedDrift, beyondDrift, type Trained } from './testing/drift.ts';
import { exact, inexact, trainReference } from './testing/reference-training.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from './training-program.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const STEPS = 50;
const SEQUENCES = 3;
const RATE = 1e-2;
const CONFIG: TransformerConfig = {
  layers: 2,
  dModel: 8,
  heads: 2,
  dMlp: 12,
  context: 5,
  vocabulary: 11,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
// The usual ε makes Adam's step the sign of a gradient that is nearly 0, which any rounding turns over.
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-4 };

/** The same few sentences over and over, in parts: their loss falls. */
function drawBatches(): Uint32Array[] {
  const uniform = uniforms(5);
  const size = SEQUENCES * (CONFIG.context + 1);
  const text = Array.from({ length: 4 * size }, () => Math.floor(uniform() ** 2 * CONFIG.vocabulary));
  return Array.from({ length: STEPS }, (_, i) =>
    Uint32Array.from(text.slice((i % 4) * size, (i % 4) * size + size)),
  );
}

async function train(config: TransformerConfig, batches: readonly Uint32Array[]): Promise<Trained> {
  const parameters = uploadParameters(gpu, config, initialValues(config, 3));
  const step = await buildTrainingProgram(gpu, config, parameters, SEQUENCES, ADAM);
  const losses: number[] = [];
  for (const [i, sequences] of batches.entries()) {
    setBatch(gpu, step.batch, sequences);
    await step.program.run(adamScalars(ADAM, i + 1, RATE));
    losses.push((await readTensor(gpu, step.loss))[0]!);
  }
  const after = new Map<string, ArrayLike<number>>([['losses', losses]]);
  for (const [name, tensor] of parameters) after.set(name, await readTensor(gpu, tensor));
  step.program.destroy();
  return after;
}

test.each([
  CONFIG,
  { ...CONFIG, activation: 'gelu' as const, tied: true },
  { ...CONFIG, activation: 'gelu_new' as const },
])('fifty steps of a $activation transformer are those of float64, tied $tied', async (config) => {
  const batches = drawBatches();
  const initial = initialValues(config, 3);
  const start = new Map(
    [...parameterShapes(config).keys()].map((name) => [name, Float64Array.from(initial(name))]),
  );
  const run = (compute: typeof exact) => trainReference(config, start, batches, ADAM, RATE, compute);
  const want = run(exact);
  const allowed = allowedDrift(
    want,
    [1, 2, 3].map((seed) => run(inexact(seed))),
  );
  expect(beyondDrift(await train(config, batches), want, allowed)).toEqual([]);
  const losses = want.get('losses')!;
  expect(losses[STEPS - 1]).toBeLessThan(0.8 * losses[0]!);
  // A bound that allowed what a wrong step does would prove nothing.
  expect(Math.max(...allowed.values())).toBeLessThan(RATE / 4);
});
