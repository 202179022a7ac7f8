import type { ParameterName, VectorName } from '../dictionary.ts';
import type { Row, Tape, Term } from '../testing/tape.ts';

/** A dictionary's parameters in a formula: encoder and decoder as F rows of A terms. */
export interface ReferenceParameters {
  readonly encoder: readonly Row[];
  readonly decoder: readonly Row[];
  readonly decoderBias: Row;
  readonly vectors: Readonly<Partial<Record<VectorName, Row>>>;
}

/**
 * The terms of a loss on the rows x, each a mean over the batch and without its coefficient: the loss is the sum of
 * the terms times their coefficients.
 */
export type Loss = (t: Tape, p: ReferenceParameters, x: readonly Row[]) => Readonly<Record<string, Term>>;

/** Values of all parameters, row-major, by name. */
export type ParameterArrays = Readonly<Partial<Record<ParameterName, Float64Array>>>;

export function writeParameters(t: Tape, values: ParameterArrays): ReferenceParameters {
  const { encoder, decoder, decoderBias, ...vectors } = values;
  const width = decoderBias!.length;
  return {
    encoder: t.matrix(encoder!, width),
    decoder: t.matrix(decoder!, width),
    decoderBias: t.leaves(decoderBias!),
    vectors: Object.fromEntries(
      Object.entries(vectors).map(([name, data]) => [name, t.leaves(data)]),
    ) as ReferenceParameters['vectors'],
  };
}

/** u = (x - b_dec) · encoderᵀ, or x · encoderᵀ. */
export function products(
  t: Tape,
  { encoder, decoderBias }: ReferenceParameters,
  x: readonly Row[],
  preEncoderBias: boolean,
): Row[] {
  return x.map((row) => {
    const input = preEncoderBias ? row.map((value, k) => t.subtract(value, decoderBias[k]!)) : row;
    return encoder.map((weights) => t.dot(input, weights));
  });
}

export function addRow(t: Tape, rows: readonly Row[], bias: Row): Row[] {
  return rows.map((row) => row.map((value, j) => t.sum([value, bias[j]!])));
}

/** f · decoder + b_dec, over the first `features` alone where that is given; no bias where it is null. */
export function reconstruct(
  t: Tape,
  f: readonly Row[],
  { decoder }: Pick<ReferenceParameters, 'decoder'>,
  bias: Row | null,
  features = decoder.length,
): Row[] {
  return f.map((row) =>
    decoder[0]!.map((_, k) => {
      const product = t.dot(
        row.slice(0, features),
        decoder.slice(0, features).map((weights) => weights[k]!),
      );
      return bias === null ? product : t.sum([product, bias[k]!]);
    }),
  );
}

/** The mean over rows of |a - b|². */
export function meanSquaredDistance(t: Tape, a: readonly Row[], b: readonly Row[]): Term {
  const squares = a.map((row, i) => {
    const difference = row.map((value, k) => t.subtract(value, b[i]![k]!));
    return t.dot(difference, difference);
  });
  return t.sum(squares, 1 / a.length);
}

/** Norms of the decoder's rows. */
export function rowNorms(t: Tape, { decoder }: ReferenceParameters): Row {
  return decoder.map((row) => t.root(t.dot(row, row)));
}

/** The mean over rows of Σ f, each feature times its weight. */
export function meanSum(t: Tape, f: readonly Row[], weights: Row | null = null): Term {
  const sums = f.map((row) => (weights === null ? t.sum(row) : t.dot(row, weights)));
  return t.sum(sums, 1 / f.length);
}

/** Keeps the largest `count` of what is above 0, ties to the lowest index, over all rows together; the rest becomes 0. */
export function keepLargest(t: Tape, rows: readonly Row[], count: number): Row[] {
  const places = rows
    .flatMap((row, b) => row.map(({ value }, j) => ({ value, b, j })))
    .filter(({ value }) => value > 0)
    .toSorted((x, y) => y.value - x.value || x.b - y.b || x.j - y.j)
    .slice(0, count);
  const kept = new Set(places.map(({ b, j }) => `${b} ${j}`));
  return rows.map((row, b) => row.map((value, j) => (kept.has(`${b} ${j}`) ? value : t.leaf(0))));
}
