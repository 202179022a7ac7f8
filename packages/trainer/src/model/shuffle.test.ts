import { expect, test } from 'vitest';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { shuffledWeights } from './shuffle.ts';

const config: TransformerConfig = {
  layers: 2,
  dModel: 6,
  heads: 2,
  dMlp: 7,
  context: 5,
  vocabulary: 11,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const shapes = parameterShapes(config);
/** Every entry of every parameter is another number. */
const original = new Map(
  [...shapes].map(([name, shape], p) => [
    name,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 1000 * p + i),
  ]),
);
const read = (name: string) => original.get(name)!;
const columns = (values: Float32Array, width: number, from: number, to: number) =>
  Array.from(values).filter((_, i) => i % width >= from && i % width < to);
const sorted = (values: Iterable<number>) => [...values].toSorted((a, b) => a - b);

test('every matrix keeps its entries and hardly any of their places; vectors stay as they are', () => {
  const shuffled = shuffledWeights(config, read, 3);
  for (const [name, shape] of shapes) {
    const values = shuffled(name);
    expect(sorted(values)).toEqual([...read(name)]);
    const stayed = values.filter((value, i) => value === read(name)[i]).length;
    // One entry of a shuffled matrix stays where it was on average, of whatever size.
    if (shape.length === 2) expect(stayed).toBeLessThan(8);
    else expect(stayed).toBe(values.length);
  }
});

test('queries, keys and values are shuffled each among themselves', () => {
  const name = 'transformer.h.1.attn.c_attn.weight';
  const values = shuffledWeights(config, read, 3)(name);
  for (const part of [0, 1, 2]) {
    const of = (all: Float32Array) => sorted(columns(all, 18, 6 * part, 6 * part + 6));
    expect(of(values)).toEqual(of(read(name)));
  }
});

test('the seed decides the order, and every place is as likely as any other', () => {
  const name = 'lm_head.weight';
  const draw = (seed: number) => Array.from(shuffledWeights(config, read, seed)(name));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  const counts = new Float64Array(66);
  const trials = 6600;
  for (let seed = 0; seed < trials; seed++) counts[draw(seed).indexOf(read(name)[0]!)]! += 1;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0);
  // The 99.9th percentile of chi-square with 65 degrees of freedom.
  expect(chiSquare).toBeLessThan(105.99);
});
