import {
  createTensor,
  openDevice,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
} from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { topk } from '../../dictionary/architectures/topk.ts';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { DictionaryTraining } from '../../dictionary/dictionary-training.ts';
import { dictionaryValues, encode } from '../../dictionary/encode.ts';
import { initialDictionary, randomDirections } from '../../dictionary/initialise.ts';
import { plantedVectors } from '../../dictionary/testing/planted-vectors.ts';
import { learningRate } from '../../model/schedule.ts';
import { sourceOf } from '../testing/planted.ts';
import { pairSums } from './pair-sums.ts';
import { twins } from './twins.ts';
import { universality } from './universality.ts';

const WIDTH = 24;
const PLANTED = 32;
const FEATURES = 40;
const ACTIVE = 2;
const BATCH = 128;
const STEPS = 150;
const TOKENS = 600;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** A dictionary from random directions, on draws of its own from the same planted directions. */
async function trained(seed: number, steps: number): Promise<Dictionary> {
  const planted = plantedVectors(WIDTH, PLANTED, ACTIVE, 1);
  planted.draw(BATCH * (STEPS + 1) * seed);
  const architecture = topk({
    k: ACTIVE,
    auxiliary: { k: WIDTH / 2, coefficient: 1 / 32, deadAfter: 10 * BATCH },
  });
  const batch = createTensor(gpu, 'batch', [BATCH, WIDTH], planted.draw(BATCH));
  const parameters = await initialDictionary(gpu, `seed ${seed}`, architecture, {
    sample: batch,
    directions: randomDirections(FEATURES, WIDTH, 10 + seed),
    encoderNorm: 1,
    decoderBias: new Float32Array(WIDTH),
    density: ACTIVE / FEATURES,
  });
  const training = new DictionaryTraining(gpu, parameters, batch, {
    id: `seed ${seed}`,
    architecture,
    adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
    lambda: { kind: 'given', lambda: 0 },
    resample: false,
    deadAfter: 10 * BATCH,
    initialDensity: ACTIVE / FEATURES,
  });
  const schedule = {
    steps: STEPS,
    peak: 3e-2,
    warmupFraction: 0.02,
    decayFraction: 0.3,
    decay: 'linear',
  } as const;
  for (let s = 0; s < steps; s++) {
    writeTensor(gpu, batch, planted.draw(BATCH));
    await training.step(s, learningRate(schedule, s), 1);
    if ((s + 1) % 10 === 0) await training.measure(s);
  }
  training.close();
  return { ...parameters, rule: { kind: 'topk', k: ACTIVE } };
}

/** Activations on vectors that all dictionaries are shown. */
async function activations(dictionary: Dictionary): Promise<number[][]> {
  // The first that are drawn; no seed trains on them.
  const x = createTensor(gpu, 'x', [TOKENS, WIDTH], plantedVectors(WIDTH, PLANTED, ACTIVE, 1).draw(TOKENS));
  const p = new ProgramBuilder(gpu, 'activations');
  const f = p.output(encode(p, p.persistent(x), dictionaryValues(p, dictionary), dictionary));
  await (await p.build()).run();
  const values = await readTensor(gpu, f);
  return Array.from({ length: TOKENS }, (_, n) => [...values.subarray(n * FEATURES, (n + 1) * FEATURES)]);
}

test('two dictionaries of other seeds and other vectors find the planted directions, and each other', async () => {
  const [a, b, untrained] = [
    sourceOf('A/1', await activations(await trained(1, STEPS))),
    sourceOf('B/1', await activations(await trained(2, STEPS))),
    sourceOf('B/1', await activations(await trained(2, 0))),
  ];
  const medianMatch = (left: typeof a, right: typeof a): number => {
    const sums = pairSums(
      left.entries,
      right.entries,
      { left: FEATURES, right: FEATURES },
      { masked: false, maxBytes: 2 ** 20 },
    );
    return universality(left, right, twins(left, right, sums, 3).left, 10)!.medianCorrelation;
  };
  expect(medianMatch(a, b)).toBeGreaterThan(0.9);
  // What random directions give by chance is far less.
  expect(medianMatch(a, untrained)).toBeLessThan(0.7);
});
