import { openDevice, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenSource } from '../activations/activation-source.ts';
import { ActivationStream } from '../activations/activation-stream.ts';
import { uniforms } from '../random/seeded.ts';
import { paper } from './architectures/paper.ts';
import { DictionaryTraining } from './dictionary-training.ts';
import { uploadDictionary } from './dictionary.ts';
import { unitRows } from './initialise.ts';
import { plantedVectors } from './testing/planted-vectors.ts';

const A = 32;
const F = 192;
const PLANTED = 96;
const ACTIVE = 3;
const BATCH = 256;
const WINDOW = 25;
const STEPS = 300;
/** A feature lives that is active on more than a tenth of the vectors that one planted direction is part of. */
const LIVE = ACTIVE / PLANTED / 10;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Planted vectors without end. */
const sourceOf =
  (draw: (rows: number) => Float32Array): OpenSource =>
  (buffer) => {
    const rows = 64;
    let given = 0;
    return Promise.resolve({
      capacity: Infinity,
      rows,
      get given() {
        return given;
      },
      fill(slots) {
        const vectors = draw(rows);
        slots.forEach((slot, row) => {
          writeTensor(gpu, buffer, vectors.subarray(row * A, (row + 1) * A), slot * A);
        });
        given += rows;
        return Promise.resolve(rows);
      },
      seek: (to) => void (given = to),
      close: () => {},
    });
  };

const uniform = uniforms(3);
/** PyTorch's start of a linear layer. */
const kaiming = (length: number): Float32Array =>
  Float32Array.from({ length }, () => (2 * uniform() - 1) / Math.sqrt(A));

/** Gives dead features weights as at a fresh start, which knows nothing of the inputs, and no moments. */
function reinitialise(training: DictionaryTraining, dead: readonly number[]): void {
  const tensors = training.tensors();
  const put = (name: string, feature: number, values: Float32Array): void => {
    const write = (of: string, data: Float32Array): void =>
      writeTensor(gpu, tensors.get(`${training.id}.${of}`)!, data, feature * data.length);
    write(name, values);
    for (const moment of ['first', 'second']) write(`${name}.${moment}`, new Float32Array(values.length));
  };
  for (const feature of dead) {
    put('encoder', feature, kaiming(A));
    put('decoder', feature, unitRows(kaiming(A), new Float32Array(A)));
    put('encoderBias', feature, kaiming(1));
  }
}

test('of features that died, more live again when re-initialised than when left, and most when resampled', async () => {
  const planted = plantedVectors(A, PLANTED, ACTIVE, 1);
  const stream = await ActivationStream.open(
    gpu,
    A,
    { batch: BATCH, bufferVectors: 2048, seed: 4 },
    sourceOf(planted.draw),
  );
  await stream.prepare();
  const start = unitRows(await stream.vectors(stream.draw(F, 5)), new Float32Array(A));
  const dying = Array.from({ length: F / 2 }, (_, i) => F / 2 + i);
  const begin = (id: string): DictionaryTraining => {
    const parameters = uploadDictionary(
      gpu,
      id,
      { width: A, features: F, preEncoderBias: true },
      {
        encoder: start.map((value) => 0.5 * value),
        decoder: start,
        decoderBias: new Float32Array(A),
        vectors: { encoderBias: Float32Array.from({ length: F }, (_, i) => (i < F / 2 ? 0 : -100)) },
      },
    );
    return new DictionaryTraining(gpu, parameters, stream.batch, {
      id,
      architecture: paper(),
      adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      lambda: { kind: 'given', lambda: 2 },
      resample: id === 'resampled',
      deadAfter: WINDOW * BATCH,
      initialDensity: 0.5,
    });
  };
  const left = begin('left');
  const fresh = begin('re-initialised');
  const resampled = begin('resampled');
  const all = [left, fresh, resampled];
  for (let step = 0; step <= STEPS; step++) {
    if (step > 0 && step % WINDOW === 0) {
      for (const training of all) {
        const dead = await training.closeWindow(step, WINDOW * BATCH);
        if (step === WINDOW) expect(dead).toEqual(dying);
        if (![50, 100, 150].includes(step)) continue;
        if (training === fresh) reinitialise(training, dead);
        if (training === resampled) await training.resample(step, dead, stream, 1024, step);
      }
    }
    if (step === STEPS) break;
    await stream.next();
    for (const training of all) await training.step(step, 5e-3, 1);
    if (step % 10 === 9) for (const training of all) await training.measure(step);
  }
  // What was resampled is told by number, and at least half of it fires within the next window.
  const [first] = resampled.resamplings;
  expect(first).toEqual({ step: 50, features: dying.length, which: dying });
  const deadAfter = (step: number): number =>
    resampled.windows.points.find((window) => window.step === step)!.dead;
  expect(deadAfter(50)).toBe(dying.length);
  expect(deadAfter(75)).toBeLessThanOrEqual(dying.length / 2);

  const live = all.map(({ density }) => density.reduce((count, share) => count + (share > LIVE ? 1 : 0), 0));
  // By a tenth of what had died, each.
  expect(live[0]).toBeLessThan(live[1]! - dying.length / 10);
  expect(live[1]).toBeLessThan(live[2]! - dying.length / 10);
  // And they live to some purpose.
  const error = all.map(({ history }) => history.at(-1)!.reconstruction);
  expect(error[1]).toBeLessThan(error[0]!);
  expect(error[2]).toBeLessThan(error[1]!);
  for (const training of all) training.close();
  stream.close();
});
