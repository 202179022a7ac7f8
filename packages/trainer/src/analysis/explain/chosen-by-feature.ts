import { growingDoubles, growingIntegers } from '../growing.ts';
import type { ChosenExample, ChosenExamples } from './choose-examples.ts';

/**
 * The examples that were chosen for every feature of a dictionary, in flat arrays: as objects, a hundred for each of
 * 131,072 features would fill the heap.
 */
export class ChosenByFeature {
  /** Examples to study of feature j are starts[2j] to starts[2j + 1], those to test go on to starts[2j + 2]. */
  readonly #starts: Uint32Array;
  readonly #begins: Float64Array;
  readonly #ends: Float64Array;
  readonly #groups: Uint32Array;
  /** Names of the groups. */
  readonly #names: string[] = [];

  /** @param choose asked once for each feature; null where it has too few examples */
  constructor(features: number, choose: (feature: number) => ChosenExamples | null) {
    this.#starts = new Uint32Array(2 * features + 1);
    const begins = growingDoubles();
    const ends = growingDoubles();
    const groups = growingIntegers();
    const places = new Map<string, number>();
    for (let feature = 0; feature < features; feature++) {
      const chosen = choose(feature);
      for (const [half, examples] of [chosen?.study ?? [], chosen?.test ?? []].entries()) {
        for (const { start, end, group } of examples) {
          if (!places.has(group)) places.set(group, this.#names.push(group) - 1);
          begins.push(start);
          ends.push(end);
          groups.push(places.get(group)!);
        }
        this.#starts[2 * feature + half + 1] = groups.length;
      }
    }
    this.#begins = begins.finish();
    this.#ends = ends.finish();
    this.#groups = groups.finish();
  }

  /** What was chosen for a feature; null where nothing was. */
  of(feature: number): ChosenExamples | null {
    const [from, middle, to] = this.#starts.subarray(2 * feature, 2 * feature + 3) as unknown as number[];
    if (from === to) return null;
    return { study: this.#examples(from!, middle!), test: this.#examples(middle!, to!) };
  }

  #examples(from: number, to: number): ChosenExample[] {
    return Array.from({ length: to - from }, (_, i) => ({
      start: this.#begins[from + i]!,
      end: this.#ends[from + i]!,
      group: this.#names[this.#groups[from + i]!]!,
    }));
  }
}
