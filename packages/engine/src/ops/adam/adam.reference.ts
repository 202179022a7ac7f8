import { Sums, type Reference } from '../../testing/reference.ts';
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

/**
 * One step of Adam (Kingma and Ba 2015, algorithm 1), number `step` counted from 1.
 *
 * @param gradient with terms larger than its absolute values where it carries errors of its own
 */
export function adamReference(
  { parameter, first, second }: AdamState,
  gradient: Reference,
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon }: AdamOptions,
): Readonly<Record<keyof AdamState, Reference>> {
  const results = {
    parameter: new Sums(parameter.length),
    first: new Sums(first.length),
    second: new Sums(second.length),
  };
  parameter.forEach((value, i) => {
    results.first.add(i, beta1 * first[i]!);
    results.first.add(i, (1 - beta1) * gradient.values[i]!, (1 - beta1) * gradient.terms[i]!);
    results.second.add(i, beta2 * second[i]!);
    results.second.add(i, (1 - beta2) * gradient.values[i]! ** 2, (1 - beta2) * gradient.terms[i]! ** 2);
    const m = results.first.values[i]!;
    const v = results.second.values[i]!;
    const divisor = (1 - beta1 ** step) * (Math.sqrt(v / (1 - beta2 ** step)) + epsilon);
    // Half the relative error of v is one of its root.
    const looseness = v === 0 ? 0 : results.second.terms[i]! / v;
    results.parameter.add(i, value);
    results.parameter.add(
      i,
      (-learningRate * m) / divisor,
      (learningRate * (results.first.terms[i]! + Math.abs(m) * looseness)) / divisor,
    );
  });
  return results;
}

/** A gradient that is exact. */
export function exactly(values: Float64Array): Reference {
  return { values, terms: values.map(Math.abs) };
}
