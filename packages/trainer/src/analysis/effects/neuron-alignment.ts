import { Largest } from '../largest.ts';

/** A coefficient of a decoder row, with its share of the row's L1 norm. */
export interface AlignedNeuron {
  readonly neuron: number;
  readonly coefficient: number;
  readonly share: number;
}

/** The largest coefficients of a decoder row (A) by magnitude: which neurons the feature is made of. */
export function neuronAlignment(row: Float32Array, count: number): AlignedNeuron[] {
  const largest = new Largest(1, Math.min(count, row.length));
  let norm = 0;
  row.forEach((coefficient, neuron) => {
    norm += Math.abs(coefficient);
    largest.offer(0, Math.abs(coefficient), neuron);
  });
  if (norm === 0) return [];
  return largest.of(0).map(({ id, value }) => ({ neuron: id, coefficient: row[id]!, share: value / norm }));
}
