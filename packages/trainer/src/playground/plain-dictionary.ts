import type { ReadDictionary } from '../dictionary/read-parameters.ts';

/**
 * Feature activations (F) of one vector x (A), by the dictionary's rule, in float64 on plain arrays.
 *
 * @param only features that are wanted; the result then has these alone, in this order
 */
export function encodePlainly(
  dictionary: ReadDictionary,
  x: Float64Array,
  only?: readonly number[],
): Float64Array {
  const { shape, rule, values } = dictionary;
  const { encoderBias, threshold, gateBias, magnitudeBias, magnitudeLogScale } = values.vectors;
  const centred = shape.preEncoderBias ? x.map((value, a) => value - values.decoderBias[a]!) : x;
  const u = (feature: number): number => dot(values.encoder, feature * shape.width, centred);
  const activation = (feature: number): number => {
    switch (rule.kind) {
      case 'standard':
      case 'topk':
        return Math.max(u(feature) + encoderBias![feature]!, 0);
      case 'jumprelu': {
        const value = u(feature) + encoderBias![feature]!;
        return value > threshold![feature]! ? value : 0;
      }
      case 'gated': {
        const value = u(feature);
        if (value + gateBias![feature]! <= 0) return 0;
        return Math.max(value * Math.exp(magnitudeLogScale![feature]!) + magnitudeBias![feature]!, 0);
      }
    }
  };
  if (rule.kind !== 'topk' && only !== undefined) return Float64Array.from(only, activation);
  const all = Float64Array.from({ length: shape.features }, (_, feature) => activation(feature));
  if (rule.kind !== 'topk') return all;
  // Features compete for places: all of them are needed to know which have one.
  const kept = keepLargest(all, rule.k);
  return only === undefined ? kept : Float64Array.from(only, (feature) => kept[feature]!);
}

/** Zeros all but the k largest; ties go to the lowest index. */
function keepLargest(values: Float64Array, k: number): Float64Array {
  const order = [...values.keys()]
    .filter((i) => values[i]! > 0)
    .sort((i, j) => values[j]! - values[i]! || i - j);
  for (const index of order.slice(k)) values[index] = 0;
  return values;
}

/** Product of a row of a matrix, which begins at `start`, and a vector. */
export function dot(matrix: Float32Array, start: number, vector: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += matrix[start + i]! * vector[i]!;
  return sum;
}
