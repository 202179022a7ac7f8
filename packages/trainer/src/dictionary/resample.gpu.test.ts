import { openDevice, readTensor, writeTensor, type Gpu, type Tensor } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../random/seeded.ts';
import { parameterTensors, uploadDictionary, type DictionaryParameters } from './dictionary.ts';
import { resample } from './resample.ts';
import { createDictionaryMoments, type DictionaryMoments } from './step-program.ts';
import { rowNorms } from './testing/planted-vectors.ts';

const A = 7;
const F = 12;
const INPUTS = 9;
const DEAD = [2, 5, 11];

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const normal = normals(1);
const random = (length: number): Float32Array => Float32Array.from({ length }, () => normal());
const inputs = Array.from({ length: INPUTS }, () => random(A));
const input = (index: number): Promise<Float32Array> => Promise.resolve(inputs[index]!);

/** A dictionary in the middle of training: nothing of it or of its moments is 0. */
function inTraining(): {
  dictionary: DictionaryParameters;
  moments: DictionaryMoments;
  tensors: Map<string, Tensor>;
} {
  const values = {
    encoder: random(F * A),
    decoder: random(F * A),
    decoderBias: random(A),
    vectors: { encoderBias: random(F) },
  };
  const dictionary = uploadDictionary(gpu, 'A/1', { width: A, features: F, preEncoderBias: true }, values);
  const moments = createDictionaryMoments(gpu, dictionary);
  const tensors = new Map<string, Tensor>();
  for (const [name, parameter] of parameterTensors(dictionary)) {
    tensors.set(name, parameter);
    for (const kind of ['first', 'second'] as const) {
      const tensor = moments.get(name)![kind];
      writeTensor(gpu, tensor, random(tensor.shape.reduce((product, extent) => product * extent, 1)));
      tensors.set(`${name}.${kind}`, tensor);
    }
  }
  return { dictionary, moments, tensors };
}

async function readAll(tensors: Map<string, Tensor>): Promise<Map<string, Float32Array>> {
  const read = new Map<string, Float32Array>();
  for (const [name, tensor] of tensors) read.set(name, await readTensor(gpu, tensor));
  return read;
}

describe('resampling', () => {
  it('gives each dead feature an input: decoder at norm 1, encoder at 0.2 alive norms, bias and moments 0', async () => {
    const { dictionary, moments, tensors } = inTraining();
    const before = await readAll(tensors);
    // Three inputs have a loss, for three dead features.
    const losses = new Float64Array(INPUTS);
    for (const index of [1, 4, 8]) losses[index] = 0.5;
    expect(await resample(gpu, dictionary, moments, DEAD, losses, input, 3)).toEqual(DEAD);
    const after = await readAll(tensors);

    const aliveNorms = rowNorms(before.get('encoder')!, A).filter((_, feature) => !DEAD.includes(feature));
    const aliveNorm = aliveNorms.reduce((sum, norm) => sum + norm, 0) / aliveNorms.length;
    const row = (name: string, feature: number): Float32Array =>
      after.get(name)!.subarray(feature * A, (feature + 1) * A);
    const taken = DEAD.map((feature) => {
      const index = inputs.findIndex(
        (vector) => Math.abs(cosine(vector, row('decoder', feature)) - 1) < 1e-6,
      );
      const norm = Math.hypot(...inputs[index]!);
      row('decoder', feature).forEach((value, k) => expect(value).toBeCloseTo(inputs[index]![k]! / norm, 6));
      row('encoder', feature).forEach((value, k) =>
        expect(value).toBeCloseTo((0.2 * aliveNorm * inputs[index]![k]!) / norm, 6),
      );
      expect(after.get('encoderBias')![feature]).toBe(0);
      for (const kind of ['first', 'second']) {
        expect(row(`encoder.${kind}`, feature)).toEqual(new Float32Array(A));
        expect(row(`decoder.${kind}`, feature)).toEqual(new Float32Array(A));
        expect(after.get(`encoderBias.${kind}`)![feature]).toBe(0);
      }
      return index;
    });
    expect(taken.toSorted((a, b) => a - b)).toEqual([1, 4, 8]);
    // Nothing else has moved.
    for (const [name, values] of before) {
      const width = values.length === F * A ? A : 1;
      values.forEach((value, i) => {
        const isDead = values.length !== A && DEAD.includes(Math.floor(i / width));
        if (!isDead) expect(after.get(name)![i], `${name} at ${i}`).toBe(value);
      });
    }
  });

  it('leaves features dead for which no input is badly reconstructed, or only one that has no direction', async () => {
    const { dictionary, moments, tensors } = inTraining();
    const before = await readAll(tensors);
    const losses = new Float64Array(INPUTS);
    losses[6] = 1;
    const nothing = (): Promise<Float32Array> => Promise.resolve(new Float32Array(A));
    expect(await resample(gpu, dictionary, moments, DEAD, losses, nothing, 3)).toEqual([]);
    expect(await readAll(tensors)).toEqual(before);
    expect(await resample(gpu, dictionary, moments, DEAD, losses, input, 3)).toEqual([2]);
  });

  it('draws inputs by the square of their loss', async () => {
    const { dictionary, moments } = inTraining();
    const losses = Float64Array.of(1, 0, 3);
    let ofLargest = 0;
    for (let seed = 0; seed < 300; seed++) {
      await resample(
        gpu,
        dictionary,
        moments,
        [0],
        losses,
        (index) => {
          if (index === 2) ofLargest += 1;
          return input(index);
        },
        seed,
      );
    }
    // Nine in ten, at four standard deviations; by the loss itself it would be three in four.
    expect(ofLargest).toBeGreaterThan(270 - 21);
    expect(ofLargest).toBeLessThan(270 + 21);
  });
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b));
}
