import { createTensor, openDevice, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { learningRate, type Schedule } from '../../model/schedule.ts';
import { DictionaryTraining } from '../dictionary-training.ts';
import { geometricMedian } from '../geometric-median.ts';
import { encoderNormOf, initialDictionary, randomDirections, unitRows } from '../initialise.ts';
import type { LambdaRule } from '../lambda-control.ts';
import { maxCosines, plantedVectors } from '../testing/planted-vectors.ts';
import { april2024 } from './april-2024.ts';
import type { Architecture } from './architecture.ts';
import { batchtopk } from './batchtopk.ts';
import { gated } from './gated.ts';
import { jumprelu } from './jumprelu.ts';
import { matryoshka } from './matryoshka.ts';
import { paper } from './paper.ts';
import { topk } from './topk.ts';

const WIDTH = 64;
const PLANTED = 256;
const FEATURES = 320;
const ACTIVE = 4;
const BATCH = 256;
/** Brings vectors of four directions to a mean norm of about sqrt(A), as the stream does. */
const SCALE = 2.6;
const DEAD_AFTER = 20 * BATCH;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const topkOptions = { k: ACTIVE, auxiliary: { k: WIDTH / 2, coefficient: 1 / 32, deadAfter: DEAD_AFTER } };
const none: LambdaRule = { kind: 'given', lambda: 0 };
const given = (lambda: number): LambdaRule => ({ kind: 'given', lambda });

interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly lambda: LambdaRule;
  readonly steps: number;
  readonly rate: number;
}

const CASES: readonly Case[] = [
  { name: 'paper', architecture: paper(), lambda: given(6), steps: 800, rate: 5e-3 },
  { name: 'april-2024', architecture: april2024(), lambda: given(3.6), steps: 1000, rate: 2e-2 },
  { name: 'topk', architecture: topk(topkOptions), lambda: none, steps: 300, rate: 8e-3 },
  { name: 'batchtopk', architecture: batchtopk(topkOptions), lambda: none, steps: 300, rate: 8e-3 },
  {
    name: 'matryoshka',
    architecture: matryoshka(topkOptions, [80, 160, FEATURES]),
    lambda: none,
    steps: 400,
    rate: 8e-3,
  },
  { name: 'gated', architecture: gated(), lambda: given(6), steps: 600, rate: 5e-3 },
  {
    name: 'jumprelu, step',
    architecture: jumprelu({ penalty: 'step', bandwidth: 0.05 }),
    lambda: given(20),
    steps: 600,
    rate: 5e-3,
  },
  {
    name: 'jumprelu, tanh',
    architecture: jumprelu({ penalty: 'tanh', bandwidth: 0.05 }),
    lambda: given(4),
    steps: 600,
    rate: 5e-3,
  },
];

test.each(CASES)(
  '$name finds 256 planted directions in 64 dimensions',
  async ({ name, architecture, lambda, steps, rate }) => {
    const planted = plantedVectors(WIDTH, PLANTED, ACTIVE, 1);
    const draw = (rows: number): Float32Array => planted.draw(rows).map((value) => SCALE * value);
    const vectors = draw(1024);
    const sample = createTensor(gpu, 'sample', [1024, WIDTH], vectors);
    const batch = createTensor(gpu, 'batch', [BATCH, WIDTH]);
    const decoderBias = Float32Array.from(geometricMedian(vectors, WIDTH));
    const directions =
      architecture.directions === 'random'
        ? randomDirections(FEATURES, WIDTH, 3)
        : unitRows(vectors.slice(0, FEATURES * WIDTH), decoderBias);
    const encoderNorm = architecture.penalised ? 0.2 : encoderNormOf(architecture, architecture.directions);
    const start = { sample, directions, encoderNorm, decoderBias, density: 0.03 };
    const parameters = await initialDictionary(gpu, name, architecture, start);
    const found = async (): Promise<number> => {
      const decoder = (await readTensor(gpu, parameters.decoder)) as Float32Array;
      const rows = unitRows(decoder, new Float32Array(WIDTH));
      const cosines = maxCosines(planted.directions, rows, WIDTH);
      return cosines.reduce((sum, cosine) => sum + cosine, 0) / PLANTED;
    };
    const before = await found();
    const training = new DictionaryTraining(gpu, parameters, batch, {
      id: name,
      architecture,
      adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      lambda,
      resample: false,
      deadAfter: DEAD_AFTER,
      initialDensity: 0.03,
    });
    const schedule: Schedule = {
      steps,
      peak: rate,
      warmupFraction: 0.02,
      decayFraction: 0.3,
      decay: 'linear',
    };
    for (let s = 0; s < steps; s++) {
      writeTensor(gpu, batch, draw(BATCH));
      await training.step(s, learningRate(schedule, s), Math.min(1, (s + 1) / (0.05 * steps)));
      if ((s + 1) % 20 === 0) await training.measure(s);
    }
    expect(before).toBeLessThan(0.75);
    expect(await found()).toBeGreaterThanOrEqual(0.9);
    training.close();
  },
);
