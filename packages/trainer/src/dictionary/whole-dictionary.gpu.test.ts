import { adamScalars, createTensor, openDevice, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowedDrift, beyondDrift, type Trained } from '../model/testing/drift.ts';
import { exact, inexact } from '../model/testing/reference-training.ts';
import { normals } from '../random/seeded.ts';
import type { Architecture } from './architectures/architecture.ts';
import { batchtopkLoss } from './architectures/batchtopk.reference.ts';
import { batchtopk } from './architectures/batchtopk.ts';
import { jumpreluLoss } from './architectures/jumprelu.reference.ts';
import { jumprelu } from './architectures/jumprelu.ts';
import { paperLoss } from './architectures/paper.reference.ts';
import { paper } from './architectures/paper.ts';
import type { Loss, ParameterArrays } from './architectures/reference.ts';
import { topkLoss } from './architectures/topk.reference.ts';
import { topk } from './architectures/topk.ts';
import { parameterTensors, uploadDictionary, type VectorName } from './dictionary.ts';
import { buildStepProgram, createDictionaryMoments, stepScalars } from './step-program.ts';
import { trainReferenceDictionary } from './testing/reference-training.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const STEPS = 50;
const BATCH = 16;
const F = 13;
const A = 6;
const LAMBDA = 0.25;
const RATE = 1e-2;
// As for the whole model: with the usual ε a gradient that is nearly 0 decides a step by its sign.
const ADAM = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3 };
const NO_AUXILIARY = { k: 3, dead: Array.from({ length: F }, () => false), auxiliaryK: 1 };

interface Trial {
  readonly name: string;
  readonly architecture: Architecture;
  readonly loss: Loss;
  readonly path: 'sparse' | 'dense';
}

const jump = { penalty: 'step', bandwidth: 0.25 } as const;
const TRIALS: readonly Trial[] = [
  { name: 'paper', architecture: paper(), loss: paperLoss, path: 'sparse' },
  { name: 'paper', architecture: paper(), loss: paperLoss, path: 'dense' },
  {
    name: 'topk',
    architecture: topk({ k: 3, auxiliary: null }),
    loss: topkLoss(NO_AUXILIARY),
    path: 'sparse',
  },
  {
    name: 'batchtopk',
    architecture: batchtopk({ k: 3, auxiliary: null }),
    loss: batchtopkLoss(NO_AUXILIARY),
    path: 'sparse',
  },
  { name: 'jumprelu', architecture: jumprelu(jump), loss: jumpreluLoss(jump), path: 'sparse' },
];

/** Numbers that float32 holds. */
function draws(...words: number[]): (length: number, scale?: number) => Float64Array {
  const normal = normals(...words);
  return (length, scale = 1) => Float64Array.from({ length }, () => Math.fround(scale * normal()));
}

function startOf({ vectors }: Architecture): ParameterArrays {
  const draw = draws(1);
  const decoder = draw(F * A);
  for (let at = 0; at < decoder.length; at += A) {
    const row = decoder.subarray(at, at + A);
    const norm = Math.hypot(...row);
    row.forEach((value, k) => (row[k] = Math.fround(value / norm)));
  }
  return {
    encoder: draw(F * A, 1 / Math.sqrt(A)),
    decoder,
    decoderBias: draw(A, 0.25),
    ...(Object.fromEntries(vectors.map((name) => [name, draw(F, 0.25).map(Math.abs)])) as Record<
      VectorName,
      Float64Array
    >),
  };
}

async function train({ architecture, path }: Trial, batches: readonly Float64Array[]): Promise<Trained> {
  const single = (values: Float64Array): Float32Array => Float32Array.from(values);
  const { encoder, decoder, decoderBias, ...vectors } = startOf(architecture);
  const shape = { width: A, features: F, preEncoderBias: architecture.preEncoderBias };
  const dictionary = uploadDictionary(gpu, 'trained', shape, {
    encoder: single(encoder!),
    decoder: single(decoder!),
    decoderBias: single(decoderBias!),
    vectors: Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, single(values)])),
  });
  const x = createTensor(gpu, 'x', [BATCH, A]);
  const state = architecture.keeps.includes('threshold')
    ? { threshold: createTensor(gpu, 'threshold', [1]) }
    : {};
  const moments = createDictionaryMoments(gpu, dictionary);
  const step = await buildStepProgram(gpu, dictionary, moments, x, { architecture, adam: ADAM, path, state });
  const curves: Record<string, number[]> = {};
  for (const [i, batch] of batches.entries()) {
    writeTensor(gpu, x, single(batch));
    await step.program.run({
      ...adamScalars(ADAM, i + 1, RATE),
      ...stepScalars(architecture, { penalty: LAMBDA, step: i + 1 }),
    });
    for (const [name, { tensor, scale }] of Object.entries(step.terms))
      (curves[name] ??= []).push((await readTensor(gpu, tensor))[0]! * scale);
  }
  const trained = new Map<string, ArrayLike<number>>(Object.entries(curves));
  for (const [name, tensor] of parameterTensors(dictionary)) trained.set(name, await readTensor(gpu, tensor));
  step.program.destroy();
  return trained;
}

test.each(TRIALS)('fifty steps of $name by the $path path are those of float64', async (trial) => {
  const draw = draws(2);
  // An entry that rounding could select or not would set two right runs apart; with this seed there is none.
  const batches = Array.from({ length: STEPS }, () => draw(BATCH * A));
  const { architecture, loss } = trial;
  const coefficients = architecture.coefficients(LAMBDA);
  const run = (compute: typeof exact) =>
    trainReferenceDictionary(loss, startOf(architecture), batches, coefficients, ADAM, RATE, compute);
  const want = run(exact);
  const noisy = [1, 2, 3].map((seed) => run(inexact(seed)));
  const got = await train(trial, batches);
  // Terms that only one of the two measures are no part of this.
  const both = new Map([...want].filter(([name]) => got.has(name)));
  expect([...both.keys()]).toEqual(
    expect.arrayContaining(['reconstruction', 'encoder', 'decoder', 'decoderBias']),
  );
  const allowed = allowedDrift(both, noisy);
  expect(beyondDrift(got, both, allowed)).toEqual([]);
  // A bound that allowed what a wrong step does would prove nothing.
  expect(Math.max(...allowed.values())).toBeLessThan(RATE / 4);
});
