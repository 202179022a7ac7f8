import type { AdamOptions } from '@monosema/engine';
import { adamReference, exactly, type AdamState, type Reference } from '@monosema/engine/testing';
import { uniforms } from '../../random/seeded.ts';
import type { TransformerConfig } from '../parameters.ts';
import type { Trained } from './drift.ts';
import { referenceLoss, splitSequences } from './reference-loss.ts';
import { ReferenceProgram } from './reference-program.ts';

/** What a result of an op becomes. */
export type Compute = (reference: Reference) => Float64Array;

/** Itself: arithmetic in float64. */
export const exact: Compute = ({ values }) => values;

/**
 * Arithmetic as inexact as float32's: every result is off by a random share of one rounding, 2⁻²⁴ of the terms it is
 * summed from. What two such runs differ by after many steps is what the model makes of such errors.
 */
export function inexact(seed: number): Compute {
  const uniform = uniforms(seed);
  return ({ values, terms }) => values.map((value, i) => value + (2 * uniform() - 1) * 2 ** -24 * terms[i]!);
}

/**
 * Trains on one batch of sequences of T+1 tokens a step, with Adam.
 *
 * @returns `losses` before each step, and all parameters after the last
 */
export function trainReference(
  config: TransformerConfig,
  start: ReadonlyMap<string, Float64Array>,
  batches: readonly Uint32Array[],
  options: AdamOptions,
  learningRate: number,
  compute: Compute,
): Trained {
  const states = new Map<string, AdamState>(
    [...start].map(([name, parameter]) => {
      const zeros = (): Float64Array => new Float64Array(parameter.length);
      return [name, { parameter, first: zeros(), second: zeros() }];
    }),
  );
  const parameters = (): Map<string, Float64Array> =>
    new Map([...states].map(([name, { parameter }]) => [name, parameter]));
  const losses = batches.map((sequences, i) => {
    const p = new ReferenceProgram(compute);
    const { loss } = referenceLoss(p, config, parameters(), splitSequences(sequences, config.context));
    const gradients = p.gradients(loss);
    for (const [name, state] of states) {
      const gradient = exactly(gradients.get(state.parameter)!);
      const { parameter, first, second } = adamReference(state, gradient, i + 1, learningRate, options);
      const next = { parameter: compute(parameter), first: compute(first), second: compute(second) };
      states.set(name, next);
    }
    return loss[0]!;
  });
  return new Map<string, ArrayLike<number>>([['losses', losses], ...parameters()]);
}
