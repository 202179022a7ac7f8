import type { Reference } from '../../testing/reference.ts';
import type { AdamOptions } from './adam.ts';

export interface AdamState {
  readonly parameter: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Roundings of one step: nine around the square root, the quotient and the bias corrections, each worth about two
 * where WGSL allows a division 2.5 units in the last place.
 */
export const ADAM_ROUNDINGS = 16;

/** One step of Adam (Kingma and Ba 2015, algorithm 1), number `step` counted from 1. */
export function adamReference(
  { parameter, first, second }: AdamState,
  gradient: Float64Array,
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon }: AdamOptions,
): Readonly<Record<keyof AdamState, Reference>> {
  const m = first.map((value, i) => beta1 * value + (1 - beta1) * gradient[i]!);
  const mTerms = first.map((value, i) => beta1 * Math.abs(value) + (1 - beta1) * Math.abs(gradient[i]!));
  const v = second.map((value, i) => beta2 * value + (1 - beta2) * gradient[i]! ** 2);
  const move = (moment: number, i: number) =>
    (learningRate * (moment / (1 - beta1 ** step))) / (Math.sqrt(v[i]! / (1 - beta2 ** step)) + epsilon);
  return {
    parameter: {
      values: parameter.map((value, i) => value - move(m[i]!, i)),
      terms: parameter.map((value, i) => Math.abs(value) + move(mTerms[i]!, i)),
    },
    first: { values: m, terms: mTerms },
    second: { values: v, terms: v },
  };
}
