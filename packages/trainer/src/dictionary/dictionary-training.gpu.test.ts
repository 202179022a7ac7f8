import {
  adamScalars,
  createTensor,
  openDevice,
  readTensor,
  writeTensor,
  type Gpu,
  type Tensor,
} from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { parameterTensors, uploadDictionary, type DictionaryParameters } from './dictionary.ts';
import { paper } from './architectures/paper.ts';
import { DictionaryTraining } from './dictionary-training.ts';
import { initialDictionary, randomDirections } from './initialise.ts';
import { buildStepProgram, createDictionaryMoments } from './step-program.ts';
import { maxCosines, plantedVectors, rowNorms } from './testing/planted-vectors.ts';

const A = 20;
const PLANTED = 40;
const F = 80;
const BATCH = 256;
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

let gpu: Gpu;
let batch: Tensor;
beforeAll(async () => {
  gpu = await openDevice();
  batch = createTensor(gpu, 'batch', [BATCH, A]);
});
afterAll(() => gpu.close());

/** @param initialDensity also decides the path of the first steps: above an eighth it is the dense one */
async function start(sample: Float32Array, initialDensity: number): Promise<DictionaryTraining> {
  const vectors = createTensor(gpu, 'sample', [sample.length / A, A], sample);
  const directions = randomDirections(F, A, 3);
  const zero = new Float32Array(A);
  const architecture = paper();
  const parameters = await initialDictionary(gpu, 'A/1', architecture, {
    sample: vectors,
    directions,
    encoderNorm: 0.5,
    decoderBias: zero,
    density: initialDensity,
  });
  return new DictionaryTraining(gpu, parameters, batch, {
    id: 'A/1',
    architecture,
    adam,
    lambda: { kind: 'given', lambda: 0.8 },
    resample: true,
    deadAfter: 1e6,
    initialDensity,
  });
}

describe('a dictionary in training', () => {
  it('finds planted directions, its decoder rows at norm 1 after every step', async () => {
    const planted = plantedVectors(A, PLANTED, 3, 1);
    const training = await start(planted.draw(1000), 0.2);
    const before = await readTensor(gpu, training.parameters.decoder);
    const schedule: Schedule = {
      steps: 400,
      peak: 1e-2,
      warmupFraction: 0.02,
      decayFraction: 0.3,
      decay: 'linear',
    };
    let furthest = 0;
    for (let s = 0; s < schedule.steps; s++) {
      writeTensor(gpu, batch, planted.draw(BATCH));
      await training.step(s, learningRate(schedule, s), Math.min(1, s / 40));
      if ((s + 1) % 10 === 0) await training.measure(s);
      if (s > 30 && s % 40 !== 0) continue;
      const norms = rowNorms(await readTensor(gpu, training.parameters.decoder), A);
      furthest = Math.max(furthest, ...norms.map((norm) => Math.abs(norm - 1)));
    }
    expect(furthest).toBeLessThan(1e-6);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / PLANTED;
    const found = maxCosines(planted.directions, await readTensor(gpu, training.parameters.decoder), A);
    // Random directions of this many features are at 0.6 or so.
    expect(mean(maxCosines(planted.directions, before, A))).toBeLessThan(0.75);
    expect(mean(found)).toBeGreaterThan(0.96);
    expect(Math.min(...found)).toBeGreaterThan(0.9);
    const last = training.history.at(-1)!;
    // A vector has three directions and a squared norm of about seven.
    expect(last.l0).toBeGreaterThan(2);
    expect(last.l0).toBeLessThan(10);
    expect(last.reconstruction).toBeLessThan(1.4);
    training.close();
  });

  it('counts a window: densities, dead features, and then from nothing again', async () => {
    const planted = plantedVectors(A, PLANTED, 3, 2);
    const training = await start(planted.draw(1000), 0.05);
    const biases = await readTensor(gpu, training.parameters.vectors.encoderBias!);
    for (const feature of [0, 31, 32, 79]) biases[feature] = -100;
    writeTensor(gpu, training.parameters.vectors.encoderBias!, biases);
    let active = 0;
    const l0: number[] = [];
    for (let s = 0; s < 3; s++) {
      writeTensor(gpu, batch, planted.draw(BATCH));
      // At a learning rate of nothing the dead stay dead and the others alive.
      await training.step(s, 0, 0);
      l0.push((await training.measure(s)).l0);
      active += l0.at(-1)! * BATCH;
    }
    const dead = await training.closeWindow(3, 3 * BATCH);
    expect(dead).toEqual([0, 31, 32, 79]);
    expect(training.dead).toBe(4);
    const counted = training.density.reduce((sum, density) => sum + density * 3 * BATCH, 0);
    expect(counted).toBeCloseTo(active, 2);
    writeTensor(gpu, batch, planted.draw(BATCH));
    await training.step(3, 0, 0);
    const { l0: lastL0 } = await training.measure(3);
    await training.closeWindow(4, BATCH);
    expect(training.density.reduce((sum, density) => sum + density, 0)).toBeCloseTo(lastL0, 3);
    training.close();
  });

  it('stops with one sentence when its loss is no number', async () => {
    const training = await start(plantedVectors(A, PLANTED, 3, 2).draw(1000), 0.05);
    writeTensor(gpu, batch, new Float32Array(BATCH * A).fill(1e30));
    await training.step(4, 1e-3, 1);
    await expect(training.measure(4)).rejects.toThrow(
      /^train-dictionary A\/1: expected a finite loss, got \S+ at step 5 on .+; lower dictionaries\.learningRate$/,
    );
    training.close();
  });
});

it('loses and learns the same by the sparse path and by the dense one, but for rounding', async () => {
  const planted = plantedVectors(A, PLANTED, 3, 5);
  const seedValues = await start(planted.draw(1000), 0.1);
  const copy = async (): Promise<DictionaryParameters> => {
    const { encoder, decoder, decoderBias, vectors } = seedValues.parameters;
    const values = {
      encoder: await readTensor(gpu, encoder),
      decoder: await readTensor(gpu, decoder),
      decoderBias: await readTensor(gpu, decoderBias),
      vectors: { encoderBias: await readTensor(gpu, vectors.encoderBias!) },
    };
    return uploadDictionary(gpu, 'copy', { width: A, features: F, preEncoderBias: true }, values);
  };
  const build = async (path: 'sparse' | 'dense') => {
    const dictionary = await copy();
    const moments = createDictionaryMoments(gpu, dictionary);
    const options = { adam: { ...adam, epsilon: 1e-5 }, architecture: paper(), path };
    return { dictionary, step: await buildStepProgram(gpu, dictionary, moments, batch, options) };
  };
  const [sparse, dense] = [await build('sparse'), await build('dense')];
  for (let s = 0; s < 8; s++) {
    writeTensor(gpu, batch, planted.draw(BATCH));
    const losses: number[][] = [];
    for (const { step } of [sparse, dense]) {
      await step.program.run({ ...adamScalars(adam, s + 1, 1e-3), penalty: 0.3 });
      losses.push(
        await Promise.all(
          [step.terms['reconstruction']!, step.terms['sparsity']!, step.l0, step.squaredGradientNorm].map(
            async ({ tensor }) => (await readTensor(gpu, tensor))[0]!,
          ),
        ),
      );
    }
    for (const i of [0, 1, 2, 3]) expect(Math.abs(losses[0]![i]! / losses[1]![i]! - 1)).toBeLessThan(1e-5);
  }
  const denseTensors = parameterTensors(dense.dictionary);
  for (const [name, tensor] of parameterTensors(sparse.dictionary)) {
    const [one, other] = [await readTensor(gpu, tensor), await readTensor(gpu, denseTensors.get(name)!)];
    expect(Math.max(...one.map((value, i) => Math.abs(value - other[i]!)))).toBeLessThan(1e-4);
  }
  for (const { step } of [sparse, dense]) step.program.destroy();
});
