import type { EntryFile, Rows } from '../entries/entry-file.ts';
import { grouped } from '../grouped.ts';
import { pearson } from './correlation.ts';

/** What a dictionary's features do to the logits of their model. */
export interface LogitMap {
  /** D */
  readonly width: number;
  /** (F,D) what each feature writes to the stream, its mean taken out. */
  readonly directions: Float32Array;
  /** (V,D) the folded unembedding. */
  readonly weights: Float32Array;
  /** Mean of 1/σ of the final LayerNorm. */
  readonly scale: number;
}

/** Pairs of a left and a right feature, as they were matched. */
export type Pairs = readonly (readonly [left: number, right: number])[];

/**
 * Pearson correlation, over the vocabulary, of the logit weights of paired features of two models with one
 * vocabulary. With W the unembeddings it needs W_leftᵀ·W_right alone: a product of the sizes of the streams, and no
 * row of the vocabulary for any feature.
 *
 * @returns for each pair; 0 where either never varies
 */
export function logitSimilarity(left: LogitMap, right: LogitMap, pairs: Pairs): Float64Array {
  const cross = gram(left, right);
  const [ownLeft, ownRight] = [gram(left, left), gram(right, right)];
  return Float64Array.from(pairs, ([i, j]) => {
    const product = form(cross, left, i, right, j);
    const scale = Math.sqrt(form(ownLeft, left, i, left, i) * form(ownRight, right, j, right, j));
    return scale > 0 ? Math.min(1, Math.max(-1, product / scale)) : 0;
  });
}

/** Covariance over the vocabulary of the columns of two unembeddings, (D,D') times V. */
function gram(left: LogitMap, right: LogitMap): Float64Array {
  const [D, E] = [left.width, right.width];
  const V = left.weights.length / D;
  const [means, others] = [columnMeans(left), columnMeans(right)];
  const result = new Float64Array(D * E);
  for (let v = 0; v < V; v++) {
    for (let d = 0; d < D; d++) {
      const value = left.weights[v * D + d]! - means[d]!;
      for (let e = 0; e < E; e++) result[d * E + e]! += value * (right.weights[v * E + e]! - others[e]!);
    }
  }
  return result;
}

function columnMeans({ width: D, weights }: LogitMap): Float64Array {
  const means = new Float64Array(D);
  const V = weights.length / D;
  for (let i = 0; i < weights.length; i++) means[i % D]! += weights[i]! / V;
  return means;
}

/** d_iᵀ · matrix · d_j. */
function form(matrix: Float64Array, left: LogitMap, i: number, right: LogitMap, j: number): number {
  const [D, E] = [left.width, right.width];
  let sum = 0;
  for (let d = 0; d < D; d++) {
    let inner = 0;
    for (let e = 0; e < E; e++) inner += matrix[d * E + e]! * right.directions[j * E + e]!;
    sum += left.directions[i * D + d]! * inner;
  }
  return sum;
}

/** Tokens read at a time. */
const PIECE_ROWS = 2048;

/**
 * Pearson correlation, over the evaluation tokens, of the attributions of paired features: activation times the logit
 * weight of the token that comes next. Source: Bricken et al. 2023, footnote 40.
 *
 * @param next tokens that follow `first` to `first + count`
 * @returns for each pair
 */
export function attributionSimilarity(
  left: LogitMap & { readonly entries: EntryFile },
  right: LogitMap & { readonly entries: EntryFile },
  pairs: Pairs,
  next: (first: number, count: number) => Uint32Array,
  watch: () => void,
): Float64Array {
  const [ofLeft, ofRight] = [sumsOf(pairs, 0), sumsOf(pairs, 1)];
  const { starts, order } = grouped(
    Uint32Array.from(pairs, ([, feature]) => feature),
    ofRight.isPaired.length,
  );
  const lefts = Uint32Array.from(pairs, ([feature]) => feature);
  const products = new Float64Array(pairs.length);
  const [leftWeight, rightWeight] = [weightsOf(left), weightsOf(right)];
  // Of each left feature, its attribution where it fired last.
  const attributions = new Float64Array(ofLeft.isPaired.length);
  const firedAt = new Float64Array(ofLeft.isPaired.length).fill(-1);
  const others = right.entries.pieces(PIECE_ROWS);
  let tokens = 0;
  for (const rows of left.entries.pieces(PIECE_ROWS)) {
    watch();
    const beside = others.next().value as Rows;
    const following = next(rows.first, rows.rows);
    tokens += rows.rows;
    for (let row = 0; row < rows.rows; row++) {
      const token = rows.first + row;
      for (let e = rows.offsets[row]!; e < rows.offsets[row + 1]!; e++) {
        const feature = rows.features[e]!;
        if (ofLeft.isPaired[feature] !== 1) continue;
        const value = rows.values[e]! * leftWeight(feature, following[row]!);
        ofLeft.sum[feature]! += value;
        ofLeft.sumOfSquares[feature]! += value * value;
        attributions[feature] = value;
        firedAt[feature] = token;
      }
      for (let e = beside.offsets[row]!; e < beside.offsets[row + 1]!; e++) {
        const feature = beside.features[e]!;
        if (ofRight.isPaired[feature] !== 1) continue;
        const value = beside.values[e]! * rightWeight(feature, following[row]!);
        ofRight.sum[feature]! += value;
        ofRight.sumOfSquares[feature]! += value * value;
        for (let at = starts[feature]!; at < starts[feature + 1]!; at++) {
          const pair = order[at]!;
          const other = lefts[pair]!;
          if (firedAt[other] === token) products[pair]! += value * attributions[other]!;
        }
      }
    }
  }
  return Float64Array.from(pairs, ([i, j], pair) =>
    pearson(
      { tokens, sum: ofLeft.sum[i]!, sumOfSquares: ofLeft.sumOfSquares[i]! },
      { tokens, sum: ofRight.sum[j]!, sumOfSquares: ofRight.sumOfSquares[j]! },
      products[pair]!,
    ),
  );
}

/** Sums of attributions of the features on one side of pairs; those beyond the last that is in a pair have none. */
function sumsOf(pairs: Pairs, side: 0 | 1) {
  const features = pairs.reduce((most, pair) => Math.max(most, pair[side] + 1), 0);
  const isPaired = new Uint8Array(features);
  for (const pair of pairs) isPaired[pair[side]] = 1;
  return { isPaired, sum: new Float64Array(features), sumOfSquares: new Float64Array(features) };
}

/** Logit weights that are kept once they are known, at most: 64 MiB of them. */
const MOST_KEPT = 2 ** 23;

/** Logit weights by feature and token. Common tokens come up again and again, so they are kept where there is room. */
function weightsOf(map: LogitMap): (feature: number, token: number) => number {
  const { width: D, directions, weights, scale } = map;
  const weightOf = (feature: number, token: number): number => {
    let sum = 0;
    for (let d = 0; d < D; d++) sum += directions[feature * D + d]! * weights[token * D + d]!;
    return sum * scale;
  };
  const vocabulary = weights.length / D;
  const all = (directions.length / D) * vocabulary;
  if (all > MOST_KEPT) return weightOf;
  const kept = new Float64Array(all).fill(NaN);
  return (feature, token) => {
    const known = kept[feature * vocabulary + token]!;
    return Number.isNaN(known) ? (kept[feature * vocabulary + token] = weightOf(feature, token)) : known;
  };
}
