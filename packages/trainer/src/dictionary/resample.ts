import { readTensor, writeTensor, type Gpu } from '@monosema/engine';
import { uniforms } from '../random/seeded.ts';
import type { DictionaryParameters } from './dictionary.ts';
import type { DictionaryMoments } from './step-program.ts';

/**
 * Draws `count` indices without replacement, index i with probability proportional to weights[i].
 *
 * @returns fewer than `count` when fewer weights are positive
 */
export function drawWeighted(weights: Float64Array, count: number, uniform: () => number): number[] {
  // Efraimidis and Spirakis 2006: the largest u^(1/w) are such a draw; compared by logarithm.
  const keys: { index: number; key: number }[] = [];
  weights.forEach((weight, index) => {
    if (weight > 0) keys.push({ index, key: Math.log(1 - uniform()) / weight });
  });
  return keys
    .toSorted((a, b) => b.key - a.key || a.index - b.index)
    .slice(0, count)
    .map(({ index }) => index);
}

/**
 * Gives dead features new directions, as the paper does (Bricken et al. 2023, neuron resampling): the decoder row
 * becomes an input that is reconstructed badly, at norm 1; the encoder row the same direction at 0.2 times the
 * mean norm of the alive rows; the bias 0; Adam's moments of all three 0.
 *
 * @param dead features to resample
 * @param losses loss of the dictionary on each of a sample of inputs; one is drawn with probability ∝ loss²
 * @param input the i-th of those inputs (A), as training sees it
 * @returns the features that were resampled
 */
export async function resample(
  gpu: Gpu,
  dictionary: DictionaryParameters,
  moments: DictionaryMoments,
  dead: readonly number[],
  losses: Float64Array,
  input: (index: number) => Promise<Float32Array>,
  seed: number,
): Promise<number[]> {
  const norm = 0.2 * (await meanAliveNorm(gpu, dictionary, new Set(dead)));
  const drawn = drawWeighted(
    losses.map((loss) => loss * loss),
    dead.length,
    uniforms(seed),
  );
  const { width } = dictionary;
  const zeros = new Float32Array(width);
  const resampled: number[] = [];
  for (const [i, index] of drawn.entries()) {
    const feature = dead[i]!;
    const direction = await input(index);
    const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
    if (length === 0) continue;
    writeTensor(
      gpu,
      dictionary.decoder,
      direction.map((value) => value / length),
      feature * width,
    );
    writeTensor(
      gpu,
      dictionary.encoder,
      direction.map((value) => (value / length) * norm),
      feature * width,
    );
    writeTensor(gpu, dictionary.vectors.encoderBias!, Float32Array.of(0), feature);
    for (const name of ['decoder', 'encoder'] as const) {
      const { first, second } = moments.get(name)!;
      for (const moment of [first, second]) writeTensor(gpu, moment, zeros, feature * width);
    }
    const { first, second } = moments.get('encoderBias')!;
    for (const moment of [first, second]) writeTensor(gpu, moment, Float32Array.of(0), feature);
    resampled.push(feature);
  }
  return resampled;
}

/** Rows read at once, so that a wide encoder is never whole in memory. */
const BLOCK_FEATURES = 4096;

async function meanAliveNorm(
  gpu: Gpu,
  { encoder, width, features }: DictionaryParameters,
  dead: ReadonlySet<number>,
): Promise<number> {
  let sum = 0;
  for (let start = 0; start < features; start += BLOCK_FEATURES) {
    const count = Math.min(BLOCK_FEATURES, features - start);
    const rows = await readTensor(gpu, encoder, start * width, count * width);
    for (let f = 0; f < count; f++) {
      if (dead.has(start + f)) continue;
      let squares = 0;
      for (let k = 0; k < width; k++) squares += rows[f * width + k]! ** 2;
      sum += Math.sqrt(squares);
    }
  }
  return sum / Math.max(1, features - dead.size);
}
