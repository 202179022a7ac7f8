import { scramble } from '../../tokens/scramble.ts';
import { binOf } from '../bins.ts';

/**
 * Random tokens of every feature from each of several equal bands of (0, largest activation], and how many there
 * are in each.
 *
 * Every entry draws a lot from the seed, the feature and the token; the lowest lots of a band stay. So the choice is
 * uniform among all entries of the band, and the same whatever the order they come in.
 */
export class RandomByInterval {
  readonly bands: number;
  readonly #perBand: number;
  readonly #max: Float64Array;
  readonly #seed: number;
  readonly #counts: Float64Array;
  readonly #kept: Uint8Array;
  readonly #lots: Uint32Array;
  readonly #tokens: Float64Array;

  /** @param max largest activation of each feature */
  constructor(max: Float64Array, bands: number, perBand: number, seed: number) {
    this.bands = bands;
    this.#perBand = perBand;
    this.#max = max;
    this.#seed = seed;
    this.#counts = new Float64Array(max.length * bands);
    this.#kept = new Uint8Array(max.length * bands);
    this.#lots = new Uint32Array(max.length * bands * perBand);
    this.#tokens = new Float64Array(max.length * bands * perBand);
  }

  /** Adds an activation. */
  add(feature: number, value: number, token: number): void {
    const band = feature * this.bands + binOf(value, this.#max[feature]!, this.bands);
    this.#counts[band]! += 1;
    const lot = scramble(this.#seed, feature, token);
    const start = band * this.#perBand;
    let count = this.#kept[band]!;
    if (count === this.#perBand) {
      if (lot >= this.#lots[start + count - 1]!) return;
      count -= 1;
    } else {
      this.#kept[band] = count + 1;
    }
    let at = start + count;
    for (; at > start && lot < this.#lots[at - 1]!; at--) {
      this.#lots[at] = this.#lots[at - 1]!;
      this.#tokens[at] = this.#tokens[at - 1]!;
    }
    this.#lots[at] = lot;
    this.#tokens[at] = token;
  }

  /** Entries of a feature in a band, all of them. */
  count(feature: number, band: number): number {
    return this.#counts[feature * this.bands + band]!;
  }

  /** The tokens kept of a band, in random order. */
  of(feature: number, band: number): number[] {
    const at = feature * this.bands + band;
    return Array.from({ length: this.#kept[at]! }, (_, i) => this.#tokens[at * this.#perBand + i]!);
  }
}
