import type { TokenClass } from './evaluation-text.ts';

/** Active tokens of a feature among some tokens: all, and those above half of its largest activation. */
export interface ActiveCounts {
  readonly activeTokens: number;
  readonly topHalfTokens: number;
}

/** Counts, for every feature, the tokens of each class on which it is active. Classes may be added as they appear. */
export class ClassCounts {
  readonly #max: Float64Array;
  readonly #active: Float64Array[] = [];
  readonly #topHalf: Float64Array[] = [];

  /** @param max largest activation of each feature */
  constructor(max: Float64Array) {
    this.#max = max;
  }

  /** Adds an activation on a token of a class. */
  add(feature: number, value: number, tokenClass: number): void {
    while (this.#active.length <= tokenClass) {
      this.#active.push(new Float64Array(this.#max.length));
      this.#topHalf.push(new Float64Array(this.#max.length));
    }
    this.#active[tokenClass]![feature]! += 1;
    if (value > this.#max[feature]! / 2) this.#topHalf[tokenClass]![feature]! += 1;
  }

  /** Counts of a feature over the classes that a test lets through. */
  over(
    feature: number,
    classes: readonly TokenClass[],
    wanted: (tokenClass: TokenClass) => boolean,
  ): ActiveCounts {
    let activeTokens = 0;
    let topHalfTokens = 0;
    classes.forEach((tokenClass, index) => {
      if (!wanted(tokenClass)) return;
      activeTokens += this.#active[index]?.[feature] ?? 0;
      topHalfTokens += this.#topHalf[index]?.[feature] ?? 0;
    });
    return { activeTokens, topHalfTokens };
  }

  /** The corpus domains a feature fires in, most active first; tokens without a domain are left out. */
  byCorpusDomain(
    feature: number,
    classes: readonly TokenClass[],
  ): ({ readonly domain: string } & ActiveCounts)[] {
    const totals = new Map<string, { activeTokens: number; topHalfTokens: number }>();
    classes.forEach(({ corpusDomain }, index) => {
      const active = this.#active[index]?.[feature] ?? 0;
      if (corpusDomain === null || active === 0) return;
      const total = totals.get(corpusDomain) ?? { activeTokens: 0, topHalfTokens: 0 };
      total.activeTokens += active;
      total.topHalfTokens += this.#topHalf[index]![feature]!;
      totals.set(corpusDomain, total);
    });
    return [...totals]
      .map(([domain, counts]) => ({ domain, ...counts }))
      .sort((a, b) => b.activeTokens - a.activeTokens || (a.domain < b.domain ? -1 : 1));
  }
}
