import { createTensor, openDevice, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exact } from '../../model/testing/reference-training.ts';
import { DictionaryTraining } from '../dictionary-training.ts';
import { explainedVariance, VectorSums } from '../explained-variance.ts';
import { geometricMedian } from '../geometric-median.ts';
import { encoderNormOf, initialDictionary, randomDirections, unitRows } from '../initialise.ts';
import { plantedVectors } from '../testing/planted-vectors.ts';
import { trainReferenceDictionary } from '../testing/reference-training.ts';
import type { Architecture } from './architecture.ts';
import { batchtopk } from './batchtopk.ts';
import { batchtopkLoss } from './batchtopk.reference.ts';
import type { Loss } from './reference.ts';
import { topk } from './topk.ts';
import { topkLoss } from './topk.reference.ts';

const [WIDTH, FEATURES, BATCH, STEPS, K, ACTIVE] = [12, 32, 48, 20, 4, 2];
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const RATE = 1e-2;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Batches of vectors that resemble each other, as activations do: planted ones, and more or less of one direction. */
function drawBatches(count: number): Float32Array[] {
  const planted = plantedVectors(WIDTH, 32, ACTIVE, 1);
  const common = randomDirections(1, WIDTH, 2);
  return Array.from({ length: count }, () =>
    planted.draw(BATCH).map((value, i) => {
      const row = Math.floor(i / WIDTH);
      return value + (row % 7) * common[i % WIDTH]!;
    }),
  );
}

const noneDead = { dead: Array.from({ length: FEATURES }, () => false), auxiliaryK: 1 };
const options = { k: K, auxiliary: null };

test.each([
  ['topk', topk(options), topkLoss({ k: K, ...noneDead })],
  ['batchtopk', batchtopk(options), batchtopkLoss({ k: K, ...noneDead })],
] as const)(
  '%s starts and learns as the published recipe does in float64, on vectors that resemble each other',
  async (name: string, architecture: Architecture, loss: Loss) => {
    const batches = drawBatches(STEPS);
    const sample = batches[0]!;
    const median = geometricMedian(sample, WIDTH);
    // dictionary_learning: random unit rows, the encoder the decoder, no biases but the geometric median.
    const random = randomDirections(FEATURES, WIDTH, 3);
    const rows = Float64Array.from(random);
    const reference = trainReferenceDictionary(
      loss,
      { encoder: rows, decoder: rows, decoderBias: median, encoderBias: new Float64Array(FEATURES) },
      batches.map((batch) => Float64Array.from(batch)),
      { auxiliary: 0 },
      ADAM,
      RATE,
      exact,
    ).get('reconstruction')!;

    const batch = createTensor(gpu, 'batch', [BATCH, WIDTH]);
    const decoderBias = Float32Array.from(median);
    const parameters = await initialDictionary(gpu, name, architecture, {
      sample: createTensor(gpu, 'sample', [BATCH, WIDTH], sample),
      directions:
        architecture.directions === 'random'
          ? random
          : unitRows(sample.subarray(0, FEATURES * WIDTH), decoderBias),
      encoderNorm: encoderNormOf(architecture, architecture.directions),
      decoderBias,
      density: 0.03,
    });
    const training = new DictionaryTraining(gpu, parameters, batch, {
      id: name,
      architecture,
      adam: ADAM,
      lambda: { kind: 'given', lambda: 0 },
      resample: false,
      deadAfter: 1e6,
      initialDensity: 0.03,
    });
    const explained = (error: number, step: number): number => {
      const sums = new VectorSums(WIDTH);
      sums.add(batches[step]!, BATCH);
      return explainedVariance(sums, error * BATCH)!;
    };
    for (const [step, vectors] of batches.entries()) {
      writeTensor(gpu, batch, vectors);
      await training.step(step, RATE, 1);
      if (![0, 9, STEPS - 1].includes(step)) continue;
      const { reconstruction } = await training.measure(step);
      // Both start and learn alike, so they differ by rounding, and by what rounding makes them choose.
      const difference = explained(reconstruction, step) - explained(reference[step]!, step);
      expect(Math.abs(difference), `step ${step}`).toBeLessThan(0.01);
    }
    training.close();
  },
);
