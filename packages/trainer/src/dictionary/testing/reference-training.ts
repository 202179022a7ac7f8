import type { AdamOptions } from '@monosema/engine';
import {
  adamReference,
  exactly,
  rowAdamReference,
  type AdamState,
  type Reference,
} from '@monosema/engine/testing';
import type { Trained } from '../../model/testing/drift.ts';
import type { Compute } from '../../model/testing/reference-training.ts';
import type { Loss, ParameterArrays } from '../architectures/reference.ts';
import type { ParameterName } from '../dictionary.ts';
import { evaluateLoss } from './loss-case.ts';

/**
 * Trains a dictionary with unit decoder rows on one batch (B,A) a step, by the gradients of its loss and Adam.
 *
 * @param coefficients of the loss's terms; 1 for those not named
 * @returns each term of the loss before each step, and all parameters after the last
 */
export function trainReferenceDictionary(
  loss: Loss,
  start: ParameterArrays,
  batches: readonly Float64Array[],
  coefficients: Readonly<Record<string, number>>,
  options: AdamOptions,
  learningRate: number,
  compute: Compute,
): Trained {
  const width = start.decoderBias!.length;
  const zeros = (values: Float64Array): Float64Array => new Float64Array(values.length);
  const states = new Map<ParameterName, AdamState>(
    Object.entries(start).map(([name, parameter]) => [
      name as ParameterName,
      { parameter, first: zeros(parameter), second: zeros(parameter) },
    ]),
  );
  const parameters = (): [ParameterName, Float64Array][] =>
    [...states].map(([name, { parameter }]) => [name, parameter]);
  const curves: Record<string, number[]> = {};
  batches.forEach((x, i) => {
    const at = { parameters: Object.fromEntries(parameters()), x };
    const { terms, gradients } = evaluateLoss(loss, at, coefficients);
    for (const [name, value] of Object.entries(terms)) (curves[name] ??= []).push(value);
    for (const [name, state] of states) {
      const gradient = compute(gradients[name]!);
      const next =
        name === 'decoder'
          ? rowAdamReference(
              state,
              exactly(gradient),
              width,
              { along: along(gradient, state.parameter, width), unit: true },
              i + 1,
              learningRate,
              options,
            )
          : adamReference(state, exactly(gradient), i + 1, learningRate, options);
      const { parameter, first, second }: Readonly<Record<keyof AdamState, Reference>> = next;
      states.set(name, { parameter: compute(parameter), first: compute(first), second: compute(second) });
    }
  });
  return new Map<string, ArrayLike<number>>([...Object.entries(curves), ...parameters()]);
}

/** The product of each row with its gradient. */
function along(gradient: Float64Array, rows: Float64Array, width: number): Float64Array {
  const products = new Float64Array(rows.length / width);
  rows.forEach((value, i) => {
    products[Math.floor(i / width)]! += value * gradient[i]!;
  });
  return products;
}
