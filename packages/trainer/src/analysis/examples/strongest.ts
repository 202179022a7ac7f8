import { Largest } from '../largest.ts';

/**
 * The k strongest tokens of every feature: at most one of a context, so that one passage cannot be all that is
 * shown, unless there are fewer than k such contexts; the next strongest tokens then fill the rest.
 *
 * Tokens must come in order; `close` ends a context.
 */
export class StrongestTokens {
  readonly #distinct: Largest;
  readonly #all: Largest;
  readonly #best: Float64Array;
  readonly #bestToken: Float64Array;
  #touched: number[] = [];

  constructor(features: number, k: number) {
    this.#distinct = new Largest(features, k);
    this.#all = new Largest(features, k);
    this.#best = new Float64Array(features);
    this.#bestToken = new Float64Array(features);
  }

  /** Adds an activation of the context that is open. */
  add(feature: number, value: number, token: number): void {
    this.#all.offer(feature, value, token);
    const best = this.#best[feature]!;
    if (value <= best) return;
    if (best === 0) this.#touched.push(feature);
    this.#best[feature] = value;
    this.#bestToken[feature] = token;
  }

  /** Ends a context. */
  close(): void {
    for (const feature of this.#touched) {
      this.#distinct.offer(feature, this.#best[feature]!, this.#bestToken[feature]!);
      this.#best[feature] = 0;
    }
    this.#touched = [];
  }

  /** The chosen tokens of a feature with its activations, strongest first. */
  of(feature: number): { token: number; value: number }[] {
    const { k } = this.#distinct;
    const chosen = this.#distinct.of(feature);
    const known = new Set(chosen.map(({ id }) => id));
    const rest = this.#all.of(feature).filter(({ id }) => !known.has(id));
    return [...chosen, ...rest.slice(0, k - chosen.length)]
      .toSorted((a, b) => b.value - a.value || a.id - b.id)
      .map(({ id, value }) => ({ token: id, value }));
  }
}
