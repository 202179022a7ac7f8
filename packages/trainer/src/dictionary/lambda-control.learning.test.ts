import { createTensor, openDevice, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { normals } from '../random/seeded.ts';
import { april2024 } from './architectures/april-2024.ts';
import { gated } from './architectures/gated.ts';
import { jumprelu } from './architectures/jumprelu.ts';
import { thresholdFactorOf } from './architectures/of-study.ts';
import { paper } from './architectures/paper.ts';
import { DictionaryTraining } from './dictionary-training.ts';
import { initialDictionary, randomDirections } from './initialise.ts';
import { plantedVectors } from './testing/planted-vectors.ts';

const WIDTH = 64;
const FEATURES = 320;
const BATCH = 128;
const RATE = 5e-3;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

test.each([
  ['paper', 6, 800, paper()],
  ['paper', 12, 800, paper()],
  ['april-2024', 6, 800, april2024()],
  ['gated', 6, 800, gated()],
  ['jumprelu, step', 6, 240, jumprelu({ penalty: 'step', bandwidth: 0.05 }), 'step'],
  ['jumprelu, step', 12, 240, jumprelu({ penalty: 'step', bandwidth: 0.05 }), 'step'],
  ['jumprelu, tanh', 6, 240, jumprelu({ penalty: 'tanh', bandwidth: 0.05 }), 'tanh'],
  ['jumprelu, tanh', 12, 240, jumprelu({ penalty: 'tanh', bandwidth: 0.05 }), 'tanh'],
  ['jumprelu, tanh', 20, 240, jumprelu({ penalty: 'tanh', bandwidth: 0.05 }), 'tanh'],
] as const)(
  '%s: lambda brings L0 within a tenth of a target of %i in %i steps',
  async (...[, target, steps, architecture, penalty]) => {
    const planted = plantedVectors(WIDTH, 256, 4, 1);
    // Noise, so that more features than the planted ones can be of use, and L0 has somewhere to go.
    const noise = normals(5);
    const draw = (rows: number): Float32Array =>
      planted.draw(rows).map((value) => 2.6 * value + 0.7 * noise());
    const sample = createTensor(gpu, 'sample', [1024, WIDTH], draw(1024));
    const batch = createTensor(gpu, 'batch', [BATCH, WIDTH]);
    const parameters = await initialDictionary(gpu, architecture.name, architecture, {
      sample,
      directions: randomDirections(FEATURES, WIDTH, 3),
      encoderNorm: 0.2,
      decoderBias: new Float32Array(WIDTH),
      density: 0.03,
    });
    const training = new DictionaryTraining(gpu, parameters, batch, {
      id: architecture.name,
      architecture,
      adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      lambda:
        penalty !== undefined
          ? { kind: 'descent', l0: target, squaredNorm: WIDTH, penalty }
          : { kind: 'target', l0: target },
      resample: false,
      deadAfter: 1e6,
      initialDensity: 0.03,
      thresholdFactor: thresholdFactorOf(
        { id: 'A/1', expansion: 5, architecture: architecture.name, penalty, targetL0: target },
        steps,
        RATE,
      ),
    });
    const schedule: Schedule = {
      steps,
      peak: RATE,
      warmupFraction: 0.02,
      decayFraction: 0.3,
      decay: 'linear',
    };
    for (let s = 0; s < steps; s++) {
      writeTensor(gpu, batch, draw(BATCH));
      const rate = learningRate(schedule, s);
      const warmth = Math.min(1, (s + 1) / (0.05 * steps));
      await training.step(s, rate, warmth);
      if ((s + 1) % 10 !== 0) continue;
      await training.measure(s);
      if (warmth === 1) training.control({ share: (10 / steps) * (rate / RATE), done: (s + 1) / steps });
    }
    const last = training.history.slice(-5);
    const l0 = last.reduce((sum, metrics) => sum + metrics.l0, 0) / last.length;
    expect(Math.abs(l0 / target - 1), `L0 ${l0}`).toBeLessThan(0.1);
    training.close();
  },
);
