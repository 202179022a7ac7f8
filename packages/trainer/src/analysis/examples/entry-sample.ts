import { scramble } from '../../tokens/scramble.ts';

/** One active token of a sample. */
export interface SampledEntry {
  readonly token: number;
  readonly value: number;
}

/**
 * A uniform random sample of every feature's active tokens, at most `size` of each.
 *
 * Every entry draws a lot from the seed, the feature and the token; the lowest lots stay. So the choice is the same
 * whatever the order entries come in. The lots of a feature are a heap with the highest on top.
 */
export class EntrySample {
  readonly #seed: number;
  /** Places of feature j are starts[j] to starts[j + 1]. */
  readonly #starts: Float64Array;
  readonly #kept: Uint32Array;
  readonly #lots: Uint32Array;
  readonly #tokens: Float64Array;
  readonly #values: Float32Array;

  /** @param active (F) active tokens of each feature, so that none has more room than it needs */
  constructor(active: Float64Array, size: number, seed: number) {
    this.#seed = seed;
    this.#starts = new Float64Array(active.length + 1);
    active.forEach((count, j) => {
      this.#starts[j + 1] = this.#starts[j]! + Math.min(size, count);
    });
    const places = this.#starts.at(-1)!;
    this.#kept = new Uint32Array(active.length);
    this.#lots = new Uint32Array(places);
    this.#tokens = new Float64Array(places);
    this.#values = new Float32Array(places);
  }

  /** Adds an activation. */
  add(feature: number, value: number, token: number): void {
    const lot = scramble(this.#seed, feature, token);
    const start = this.#starts[feature]!;
    const room = this.#starts[feature + 1]! - start;
    const kept = this.#kept[feature]!;
    if (kept < room) {
      this.#kept[feature] = kept + 1;
      this.#rise(start, kept, lot, token, value);
    } else if (room > 0 && lot < this.#lots[start]!) this.#sink(start, room, lot, token, value);
  }

  /** The sample of a feature, by activation, largest first; of equal ones the earlier token. */
  of(feature: number): SampledEntry[] {
    const start = this.#starts[feature]!;
    // Positive numbers are in the order of their bits.
    const bits = new Uint32Array(this.#values.buffer, 4 * start, this.#kept[feature]!);
    const sampled = Array.from(
      placesBy(bits.length, (i) => MOST_BITS - bits[i]!),
      (i) => ({
        token: this.#tokens[start + i]!,
        value: this.#values[start + i]!,
      }),
    );
    for (let from = 0; from < sampled.length;) {
      let to = from + 1;
      while (to < sampled.length && sampled[to]!.value === sampled[from]!.value) to++;
      if (to - from > 1) {
        const equal = sampled.slice(from, to).sort((left, right) => left.token - right.token);
        for (const [i, entry] of equal.entries()) sampled[from + i] = entry;
      }
      from = to;
    }
    return sampled;
  }

  /** The first few tokens of a feature by lot: a random subset of the sample. */
  first(feature: number, count: number): number[] {
    const start = this.#starts[feature]!;
    const places = placesBy(this.#kept[feature]!, (i) => this.#lots[start + i]!);
    return Array.from(places.subarray(0, count), (i) => this.#tokens[start + i]!);
  }

  #put(at: number, lot: number, token: number, value: number): void {
    this.#lots[at] = lot;
    this.#tokens[at] = token;
    this.#values[at] = value;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#lots[from]!, this.#tokens[from]!, this.#values[from]!);
  }

  #rise(start: number, place: number, lot: number, token: number, value: number): void {
    let at = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.#lots[start + above]! >= lot) break;
      this.#move(start + above, start + at);
      at = above;
    }
    this.#put(start + at, lot, token, value);
  }

  /** Replaces the highest lot. */
  #sink(start: number, room: number, lot: number, token: number, value: number): void {
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= room) break;
      if (below + 1 < room && this.#lots[start + below + 1]! > this.#lots[start + below]!) below += 1;
      if (this.#lots[start + below]! <= lot) break;
      this.#move(start + below, start + at);
      at = below;
    }
    this.#put(start + at, lot, token, value);
  }
}

const MOST_BITS = 2 ** 32 - 1;

/**
 * Places 0 to `count` by an integer of 32 bits that each has, the lowest first, and then in order. As numbers that hold
 * both they are sorted without a function that compares two.
 */
function placesBy(count: number, keyOf: (place: number) => number): Uint32Array {
  const keys = new Float64Array(count);
  for (let place = 0; place < count; place++) keys[place] = keyOf(place) * count + place;
  keys.sort();
  const places = new Uint32Array(count);
  for (let i = 0; i < count; i++) places[i] = keys[i]! % count;
  return places;
}
