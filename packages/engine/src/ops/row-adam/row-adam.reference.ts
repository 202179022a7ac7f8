import { Sums, type Reference } from '../../testing/reference.ts';
import { adamReference, type AdamState } from '../adam/adam.reference.ts';
import type { AdamOptions } from '../adam/adam.ts';

/** What rowAdam leaves: the state, and |g|² (F) of the gradients it gave to Adam. */
export type RowAdamResult = Readonly<Record<keyof AdamState | 'squares', Reference>>;

/**
 * One Adam step of the rows of w (F,D). With `along` (F), the gradient first loses along · w / |w|²; with `unit`, rows
 * are brought to norm 1 after it.
 */
export function rowAdamReference(
  state: AdamState,
  gradient: Reference,
  width: number,
  { along, unit, clip = 1 }: { along: Float64Array | null; unit: boolean; clip?: number },
  step: number,
  learningRate: number,
  options: AdamOptions,
): RowAdamResult {
  const left = new Sums(state.parameter.length);
  const lengths = rowSums(state.parameter, width, (value) => value * value);
  state.parameter.forEach((value, i) => {
    const row = Math.floor(i / width);
    left.add(i, gradient.values[i]!, gradient.terms[i]!);
    if (along !== null) left.add(i, (-along[row]! / lengths[row]!) * value);
  });
  const squares = new Sums(lengths.length);
  const clipped = new Sums(left.values.length);
  left.values.forEach((value, i) => {
    squares.add(Math.floor(i / width), value * value, 2 * Math.abs(value) * left.terms[i]!);
    clipped.add(i, clip * value, clip * left.terms[i]!);
  });
  const moved = adamReference(state, clipped, step, learningRate, options);
  if (!unit) return { ...moved, squares };
  const { values, terms } = moved.parameter;
  const lengthsAfter = rowSums(values, width, (value) => value * value);
  const losses = rowSums(values, width, (value, i) => Math.abs(value) * terms[i]!);
  const normalised = new Sums(values.length);
  values.forEach((value, i) => {
    const row = Math.floor(i / width);
    const norm = Math.sqrt(lengthsAfter[row]!);
    const error = (terms[i]! + (Math.abs(value) * losses[row]!) / lengthsAfter[row]!) / norm;
    normalised.add(i, value / norm, error);
  });
  return { ...moved, parameter: normalised, squares };
}

function rowSums(
  values: Float64Array,
  width: number,
  term: (value: number, i: number) => number,
): Float64Array {
  const sums = new Float64Array(values.length / width);
  values.forEach((value, i) => {
    sums[Math.floor(i / width)]! += term(value, i);
  });
  return sums;
}
