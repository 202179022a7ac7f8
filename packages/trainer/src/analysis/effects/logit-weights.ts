import type { FeatureInput } from '../../records/schema.ts';
import { edgesOf } from '../bins.ts';

/** Tokens listed at either end. */
const LISTED = 10;
/** Tokens known by rank from the largest weight on. */
const RANKED = 60;

/** The ends and the histogram of every feature's logit weights: (F,V) itself is never kept. */
export class LogitWeights {
  readonly #listed: number;
  readonly #bins: number;
  readonly #ranked: number;
  readonly #ranks: Uint32Array;
  readonly #tokens: Uint32Array;
  readonly #weights: Float64Array;
  readonly #counts: Uint32Array;
  readonly #range: Float64Array;

  constructor(features: number, vocabulary: number, bins: number) {
    this.#listed = Math.min(LISTED, vocabulary);
    this.#bins = bins;
    this.#ranked = Math.min(RANKED, vocabulary);
    this.#ranks = new Uint32Array(features * this.#ranked);
    this.#tokens = new Uint32Array(features * 2 * this.#listed);
    this.#weights = new Float64Array(features * 2 * this.#listed);
    this.#counts = new Uint32Array(features * bins);
    this.#range = new Float64Array(features * 2);
  }

  /** What is kept of all features, to be read and written as a whole. */
  get arrays() {
    return {
      ranks: this.#ranks,
      tokens: this.#tokens,
      weights: this.#weights,
      counts: this.#counts,
      range: this.#range,
    };
  }

  /**
   * Takes the weights of one feature.
   *
   * @param row (V) its direction through the folded unembedding
   * @param scale what the final LayerNorm multiplies by, on average
   */
  set(feature: number, row: Float32Array, scale: number): void {
    const vocabulary = row.length;
    const sorted = Float32Array.from(row).sort();
    const half = vocabulary >> 1;
    const middle = vocabulary % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
    const listed = this.#listed;
    const start = feature * 2 * listed;
    const ranked = list(row, sorted[vocabulary - this.#ranked]!, this.#ranked, 1);
    this.#ranks.set(ranked, feature * this.#ranked);
    ranked.slice(0, listed).forEach((token, i) => {
      this.#tokens[start + i] = token;
      this.#weights[start + i] = (row[token]! - middle) * scale;
    });
    list(row, sorted[listed - 1]!, listed, -1).forEach((token, i) => {
      this.#tokens[start + listed + i] = token;
      this.#weights[start + listed + i] = (row[token]! - middle) * scale;
    });
    const [low, high] = [sorted[0]!, sorted[vocabulary - 1]!];
    this.#range[2 * feature] = (low - middle) * scale;
    this.#range[2 * feature + 1] = (high - middle) * scale;
    const perBin = high > low ? this.#bins / (high - low) : 0;
    for (const weight of row) {
      this.#counts[feature * this.#bins + Math.min(this.#bins - 1, Math.floor((weight - low) * perBin))]! +=
        1;
    }
  }

  /** The tokens of the largest weights of a feature, largest first; of equal ones the lower id. */
  ranked(feature: number): number[] {
    return Array.from(this.#ranks.subarray(feature * this.#ranked, (feature + 1) * this.#ranked));
  }

  /** The record of a feature: largest first, smallest first, and a histogram over the vocabulary. */
  of(feature: number): FeatureInput['logitWeights'] {
    const listed = this.#listed;
    const start = feature * 2 * listed;
    const entries = Array.from({ length: 2 * listed }, (_, i) => ({
      token: this.#tokens[start + i]!,
      weight: this.#weights[start + i]!,
    }));
    const [low, high] = [this.#range[2 * feature]!, this.#range[2 * feature + 1]!];
    const counts = Array.from(this.#counts.subarray(feature * this.#bins, (feature + 1) * this.#bins));
    return {
      top: entries.slice(0, listed),
      bottom: entries.slice(listed),
      histogram: high > low ? { edges: edgesOf(low, high, this.#bins), counts } : { edges: [], counts: [] },
    };
  }
}

/** The `count` tokens at one end, the outermost first; of equal weights the lower id is taken. */
function list(row: Float32Array, bound: number, count: number, sign: 1 | -1): number[] {
  const beyond: number[] = [];
  const equal: number[] = [];
  for (let v = 0; v < row.length; v++) {
    if (row[v]! * sign > bound * sign) beyond.push(v);
    else if (row[v] === bound) equal.push(v);
  }
  beyond.sort((a, b) => sign * (row[b]! - row[a]!) || a - b);
  return [...beyond, ...equal].slice(0, count);
}
