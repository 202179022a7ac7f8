import { EXTREMES, NO_TOKEN } from '@monosema/engine';
import type { ExampleInput } from '../../records/schema.ts';
import { toDigits } from '../to-digits.ts';
import { LOGITS } from './wanted.ts';

type Changes = NonNullable<NonNullable<ExampleInput['logitChanges']>[number]>;

/** The logits that rise and fall most when activations are removed, for those activations where that is wanted. */
export class LogitChanges {
  /** Place of each activation among those where it is wanted. */
  readonly #places: Uint32Array;
  /** (wanted, 10): the five that rise, then the five that fall, outermost first; changes are NaN until they are known. */
  readonly #tokens: Uint32Array;
  readonly #changes: Float32Array;

  /** @param wanted see ShownActivations */
  constructor(wanted: Uint8Array) {
    this.#places = new Uint32Array(wanted.length);
    let count = 0;
    wanted.forEach((kind, item) => {
      this.#places[item] = count;
      if (kind === LOGITS) count += 1;
    });
    this.#tokens = new Uint32Array(2 * EXTREMES * count);
    this.#changes = new Float32Array(2 * EXTREMES * count).fill(NaN);
  }

  /** What is kept, to be read and written as a whole. */
  get arrays() {
    return { changedTokens: this.#tokens, changes: this.#changes };
  }

  /** @param item among all activations, one where the changes are wanted */
  set(item: number, tokens: Uint32Array, changes: Float32Array): void {
    const at = 2 * EXTREMES * this.#places[item]!;
    this.#tokens.set(tokens, at);
    this.#changes.set(changes, at);
  }

  /** What was measured of an activation where the changes are wanted; null where they were not measured. */
  of(item: number): Changes | null {
    const at = 2 * EXTREMES * this.#places[item]!;
    if (Number.isNaN(this.#changes[at]!)) return null;
    return { risen: this.#end(at), fallen: this.#end(at + EXTREMES) };
  }
  #end(from: number): Changes['risen'] {
    const changes: Changes['risen'] = [];
    for (let place = from; place < from + EXTREMES; place++) {
      const token = this.#tokens[place]!;
      if (token !== NO_TOKEN) changes.push({ token, change: toDigits(this.#changes[place]!, 3) });
    }
    return changes;
  }
}
