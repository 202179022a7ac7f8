import { checkGradient, Sums, type Reference } from '@monosema/engine/testing';
import type { Loss, ParameterArrays, ReferenceParameters } from '../architectures/reference.ts';
import { writeParameters } from '../architectures/reference.ts';
import type { ParameterName } from '../dictionary.ts';
import { Tape, type Row } from './tape.ts';

/** A point at which a loss is looked at. */
export interface LossPoint {
  readonly parameters: ParameterArrays;
  /** (B,A) */
  readonly x: Float64Array;
}

/** A loss and its gradients, each number with the size of the errors a float32 computation collects. */
export interface EvaluatedLoss {
  readonly terms: Readonly<Record<string, number>>;
  readonly gradients: Readonly<Partial<Record<ParameterName, Reference>>>;
}

/** @param coefficients of the terms; 1 for those not named */
export function evaluateLoss(
  loss: Loss,
  { parameters, x }: LossPoint,
  coefficients: Readonly<Record<string, number>> = {},
): EvaluatedLoss {
  const { tape, written, terms } = write(loss, parameters, x, null);
  const names = Object.keys(terms);
  const gradientOf = tape.gradients(
    names.map((name) => terms[name]!),
    names.map((name) => coefficients[name] ?? 1),
  );
  const read = (row: Row): Sums => {
    const sums = new Sums(row.length);
    row.forEach((term, i) => sums.add(i, gradientOf(term).value, gradientOf(term).error));
    return sums;
  };
  const { encoder, decoder, decoderBias, vectors } = written;
  const rows = { encoder: encoder.flat(), decoder: decoder.flat(), decoderBias, ...vectors };
  return {
    terms: Object.fromEntries(names.map((name) => [name, terms[name]!.value])),
    gradients: Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, read(row)])),
  };
}

/**
 * Fails unless the gradients of a loss agree with central differences, under random coefficients of its terms; what
 * the loss holds fixed stays at its value.
 *
 * @param estimated parameters whose gradients are estimates by intention, which no difference shows
 */
export function checkLoss(loss: Loss, { parameters, x }: LossPoint, estimated: readonly string[] = []): void {
  const base = write(loss, parameters, x, null);
  const free = Object.entries(parameters).filter(([name]) => !estimated.includes(name));
  const width = parameters.decoderBias!.length;
  const shapeOf = (name: string, size: number): number[] =>
    name === 'encoder' || name === 'decoder' ? [size / width, width] : [size];
  checkGradient(
    {
      forward: (moved) => {
        const { terms } = write(loss, { ...parameters, ...moved }, x, base.tape.detached);
        const values = Object.values(terms);
        const sums = new Sums(values.length);
        values.forEach(({ value }, i) => sums.add(i, value));
        return sums;
      },
      backward: (_, cotangent) => {
        const names = Object.keys(base.terms);
        const coefficients = Object.fromEntries(names.map((name, i) => [name, cotangent[i]!]));
        return evaluateLoss(loss, { parameters, x }, coefficients).gradients as Record<string, Reference>;
      },
    },
    Object.fromEntries(free.map(([name, values]) => [name, { shape: shapeOf(name, values.length), values }])),
  );
}

function write(
  loss: Loss,
  parameters: ParameterArrays,
  x: Float64Array,
  replayed: readonly number[] | null,
): { tape: Tape; written: ReferenceParameters; terms: ReturnType<Loss> } {
  const tape = new Tape(replayed);
  const written = writeParameters(tape, parameters);
  return {
    tape,
    written,
    terms: loss(tape, written, tape.matrix(x, parameters.decoderBias!.length)),
  };
}
