import { Sums, type Reference } from '../../testing/reference.ts';
import { adamReference, type AdamState } from '../adam/adam.reference.ts';
import type { AdamOptions } from '../adam/adam.ts';

/**
 * One Adam step of the rows of w (F,D). With `parallel` (F), the product of each row with its gradient, the gradient
 * loses its component along the row before the step, and rows are brought to norm 1 after it.
 */
export function rowAdamReference(
  state: AdamState,
  gradient: Reference,
  width: number,
  parallel: Float64Array | null,
  step: number,
  learningRate: number,
  options: AdamOptions,
): Readonly<Record<keyof AdamState, Reference>> {
  if (parallel === null) return adamReference(state, gradient, step, learningRate, options);
  const across = new Sums(state.parameter.length);
  const lengths = rowSums(state.parameter, width, (value) => value * value);
  state.parameter.forEach((value, i) => {
    const row = Math.floor(i / width);
    across.add(i, gradient.values[i]!, gradient.terms[i]!);
    across.add(i, (-parallel[row]! / lengths[row]!) * value);
  });
  const moved = adamReference(state, across, step, learningRate, options);
  const { values, terms } = moved.parameter;
  const squares = rowSums(values, width, (value) => value * value);
  const losses = rowSums(values, width, (value, i) => Math.abs(value) * terms[i]!);
  const unit = new Sums(values.length);
  values.forEach((value, i) => {
    const row = Math.floor(i / width);
    const norm = Math.sqrt(squares[row]!);
    unit.add(i, value / norm, (terms[i]! + (Math.abs(value) * losses[row]!) / squares[row]!) / norm);
  });
  return { ...moved, parameter: unit };
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
