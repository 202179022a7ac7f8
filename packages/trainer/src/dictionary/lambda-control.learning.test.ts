import {
  activeMask,
  createTensor,
  maskedColumnSum,
  openDevice,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
} from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StudyDictionary } from '../config/schema.ts';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { normals } from '../random/seeded.ts';
import { architectureOf, lambdaRuleOf, startDensityOf, thresholdFactorOf } from './architectures/of-study.ts';
import { DictionaryTraining } from './dictionary-training.ts';
import type { Dictionary } from './dictionary.ts';
import { dictionaryValues, encode } from './encode.ts';
import { encoderNormOf, initialDictionary, randomDirections } from './initialise.ts';
import { plantedVectors } from './testing/planted-vectors.ts';

/** Sums of `active` of `planted` directions, with noise of that length in every dimension. */
interface Problem {
  readonly width: number;
  readonly planted: number;
  readonly active: number;
  readonly noise: number;
  readonly features: number;
  readonly batch: number;
}

// From as much noise as signal, where an L1 penalty explains a fifth and L0 falls off a cliff, to little noise.
const NOISY: Problem = { width: 48, planted: 192, active: 4, noise: 0.5, features: 400, batch: 128 };
const WIDE: Problem = { width: 96, planted: 400, active: 6, noise: 0.35, features: 768, batch: 128 };
const CLEAN: Problem = { width: 32, planted: 100, active: 3, noise: 0.2, features: 256, batch: 64 };
const USUAL: Problem = { width: 64, planted: 256, active: 4, noise: 0.27, features: 320, batch: 128 };
const RATE = 5e-3;
/** Vectors that L0 is measured on in the end, none of which was trained on. */
const HELD_OUT = 4096;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

type Kind = Pick<StudyDictionary, 'architecture' | 'penalty'>;

test.each<[string, Kind, Problem, number, number]>([
  ['paper', { architecture: 'paper' }, USUAL, 6, 800],
  ['paper', { architecture: 'paper' }, USUAL, 12, 800],
  ['april-2024', { architecture: 'april-2024' }, USUAL, 6, 800],
  ['gated', { architecture: 'gated' }, USUAL, 6, 800],
  ['jumprelu, step', { architecture: 'jumprelu', penalty: 'step' }, USUAL, 6, 240],
  ['jumprelu, step', { architecture: 'jumprelu', penalty: 'step' }, USUAL, 12, 240],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, USUAL, 6, 240],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, USUAL, 12, 240],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, USUAL, 20, 240],
  ['paper', { architecture: 'paper' }, NOISY, 10, 600],
  ['paper', { architecture: 'paper' }, CLEAN, 5, 240],
  ['paper', { architecture: 'paper' }, WIDE, 60, 400],
  ['april-2024', { architecture: 'april-2024' }, NOISY, 10, 600],
  ['april-2024', { architecture: 'april-2024' }, CLEAN, 5, 240],
  ['gated', { architecture: 'gated' }, NOISY, 10, 600],
  ['gated', { architecture: 'gated' }, CLEAN, 5, 240],
  ['jumprelu, step', { architecture: 'jumprelu', penalty: 'step' }, NOISY, 10, 240],
  ['jumprelu, step', { architecture: 'jumprelu', penalty: 'step' }, WIDE, 60, 240],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, NOISY, 10, 240],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, CLEAN, 5, 480],
  ['jumprelu, tanh', { architecture: 'jumprelu', penalty: 'tanh' }, WIDE, 60, 240],
])(
  '%s: L0 ends within a tenth of its target: %o, %o, %i in %i steps',
  async (...[, kind, problem, target, steps]) => {
    const { width, features, batch: rows } = problem;
    const draw = drawsOf(problem);
    const item: StudyDictionary = { id: 'A/1', expansion: features / width, targetL0: target, ...kind };
    const architecture = architectureOf(item, width, 1e6);
    const density = startDensityOf(item, features, 0.03);
    const batch = createTensor(gpu, 'batch', [rows, width]);
    const parameters = await initialDictionary(gpu, item.id, architecture, {
      sample: createTensor(gpu, 'sample', [1024, width], draw(1024)),
      directions: randomDirections(features, width, 3),
      encoderNorm: encoderNormOf(architecture, 'random'),
      decoderBias: new Float32Array(width),
      density,
    });
    const training = new DictionaryTraining(gpu, parameters, batch, {
      id: item.id,
      architecture,
      adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      lambda: lambdaRuleOf(item, width),
      resample: false,
      deadAfter: 1e6,
      initialDensity: density,
      thresholdFactor: thresholdFactorOf(item, steps, RATE),
    });
    const schedule: Schedule = {
      steps,
      peak: RATE,
      warmupFraction: 0.02,
      decayFraction: 0.3,
      decay: 'linear',
    };
    const since = training.controlEvery(steps);
    for (let s = 0; s < steps; s++) {
      writeTensor(gpu, batch, draw(rows));
      const rate = learningRate(schedule, s);
      const warmth = Math.min(1, (s + 1) / (0.05 * steps));
      await training.step(s, rate, warmth);
      if (warmth === 1 && (s + 1) % since === 0)
        await training.control({ step: s + 1, since, steps, rate: rate / RATE });
    }
    const l0 = await activeIn(await training.atRest(), draw(HELD_OUT), width);
    expect(Math.abs(l0 / target - 1), `L0 ${l0}`).toBeLessThan(0.1);
    training.close();
  },
);

/** The next vectors, each another, of a mean norm of about √A as training has them. */
function drawsOf({ width, planted, active, noise }: Problem): (rows: number) => Float32Array {
  // A strength is uniform in [1, 2], and 7/3 in the mean of its squares.
  const scale = Math.sqrt(width / ((active * 7) / 3 + width * noise ** 2));
  const { draw } = plantedVectors(width, planted, active, 1);
  const normal = normals(5);
  return (rows) => draw(rows).map((value) => scale * (value + noise * normal()));
}

/** Mean number of features that are active on a vector. */
async function activeIn(dictionary: Dictionary, vectors: Float32Array, width: number): Promise<number> {
  const x = createTensor(gpu, 'held out', [vectors.length / width, width], vectors);
  const p = new ProgramBuilder(gpu, 'held out');
  const f = encode(p, p.persistent(x), dictionaryValues(p, dictionary), dictionary);
  const count = p.output(maskedColumnSum(p, f, f, activeMask(p, f)).count);
  const program = await p.build();
  await program.run();
  const counts = await readTensor(gpu, count);
  program.destroy();
  return counts.reduce((sum, rows) => sum + rows, 0) / x.shape[0]!;
}
