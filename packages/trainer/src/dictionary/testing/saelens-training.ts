/** The cases of training that SAELens 6.18 itself computed; see saelens-golden.ts. */
import type { ParameterName } from '../dictionary.ts';
import type { LossPoint } from './loss-case.ts';
import { filled, golden } from './saelens-golden.ts';

export interface TrainingCase {
  readonly losses: Readonly<Record<string, number>>;
  readonly loss: number;
  readonly grads: Readonly<Record<string, readonly number[]>>;
  readonly dead_mask?: readonly number[];
  readonly grad_norm?: number;
  /** Parameters after one step of Adam at a rate of 1e-2, from gradients clipped to a norm of 1. */
  readonly 'after_clip1_adam_lr1e-2'?: Readonly<Record<string, readonly number[]>>;
}

export function trainingCase(name: string): TrainingCase {
  const found = golden.cases[name];
  if (found === undefined) throw new Error(`internal: no golden case ${name}`);
  return found as unknown as TrainingCase;
}

/** SAELens's names of our parameters. */
export const SAELENS_NAMES = {
  encoder: 'W_enc',
  decoder: 'W_dec',
  decoderBias: 'b_dec',
  encoderBias: 'b_enc',
  gateBias: 'b_gate',
  magnitudeBias: 'b_mag',
  magnitudeLogScale: 'r_mag',
  threshold: 'threshold',
} as const satisfies Readonly<Record<ParameterName, string>>;

/** The point that all cases were computed at, with the vectors of one rule. */
export function trainingPoint(vectors: readonly ParameterName[]): LossPoint {
  const { d_in: width, d_sae: features, x } = golden;
  const own = vectors.map((name) => [name, filled(SAELENS_NAMES[name], features)] as const);
  return {
    parameters: {
      encoder: transposed(filled('W_enc', width * features), width, features),
      decoder: filled('W_dec', width * features),
      decoderBias: filled('b_dec', width),
      ...Object.fromEntries(own),
    },
    x: Float64Array.from(x),
  };
}

/** (rows,columns) to (columns,rows). */
export function transposed(data: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: data.length },
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}
