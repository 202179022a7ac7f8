import { pearson } from '../pairs/correlation.ts';
import type { FeatureRecord } from '../../records/schema.ts';

/** A prediction of the token that came next, at a place where the feature is active. */
export interface LogitFall {
  /** Activation times the logit weight of the token. */
  readonly expected: number;
  /** By how much its logit falls when the feature is removed. */
  readonly measured: number;
  /** The same with the final LayerNorm's scale held where it is with the feature. */
  readonly atScale: number;
  /** The first-order change of the logit, the scale's answer included. */
  readonly firstOrder: number;
}

/** Pairs of figures whose correlations are taken. */
const PAIRS = [
  ['expected', 'measured'],
  ['expected', 'atScale'],
  ['firstOrder', 'measured'],
] as const;
/** Σx, Σx², Σy, Σy², Σxy of each pair. */
const SUMS = 5;

/**
 * How well the linear approximation of every feature holds: Pearson correlations of what is expected of the next token's
 * logit with what happens to it when the feature is removed. Sums alone are kept.
 */
export class Linearity {
  readonly #tokens: Float64Array;
  /** Of feature j at 15·j. */
  readonly #sums: Float64Array;

  constructor(features: number) {
    this.#tokens = new Float64Array(features);
    this.#sums = new Float64Array(PAIRS.length * SUMS * features);
  }

  /** What is kept of all features, to be read and written as a whole. */
  get arrays() {
    return { linearityTokens: this.#tokens, linearitySums: this.#sums };
  }

  /** Adds a token on which the feature is active. */
  add(feature: number, fall: LogitFall): void {
    this.#tokens[feature]! += 1;
    let at = PAIRS.length * SUMS * feature;
    for (const [left, right] of PAIRS) {
      const [x, y] = [fall[left], fall[right]];
      this.#sums[at]! += x;
      this.#sums[at + 1]! += x * x;
      this.#sums[at + 2]! += y;
      this.#sums[at + 3]! += y * y;
      this.#sums[at + 4]! += x * y;
      at += SUMS;
    }
  }

  /** Of a feature; null with fewer than three tokens, through which a line always fits too well. */
  of(feature: number): FeatureRecord['logitWeights']['linearity'] {
    const tokens = this.#tokens[feature]!;
    if (tokens < 3) return null;
    const correlations = PAIRS.map((_, pair) => {
      const at = SUMS * (PAIRS.length * feature + pair);
      const [x, xx, y, yy, xy] = this.#sums.subarray(at, at + SUMS) as unknown as number[];
      return pearson({ tokens, sum: x!, sumOfSquares: xx! }, { tokens, sum: y!, sumOfSquares: yy! }, xy!);
    });
    return { pearson: correlations[0]!, atScale: correlations[1]!, firstOrder: correlations[2]!, tokens };
  }
}
