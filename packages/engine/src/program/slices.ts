/** What a dispatch takes at least, however little it does. */
const FLOOR_MS = 0.02;
/** How far one measurement may move an estimate: what else ran on the machine meanwhile is in it too. */
const STEP = 2;

/**
 * Cuts the dispatches of a program into submissions of about a budget of time each. Estimates start from what the
 * dispatches cost on a slow adapter of the class, and are corrected slice by slice by what submissions took. Results
 * do not depend on the cuts: the order of the dispatches stays.
 */
export class Slices {
  /** True where no dispatch is thought to take longer than what any takes at least. */
  readonly slight: boolean;
  readonly #estimates: Float64Array;
  #budgetMs = NaN;
  #ends: readonly number[] = [];
  /** False where the whole program is so short that no cut is in sight, and measuring it would only cost. */
  #worthMeasuring = true;

  /** @param estimates milliseconds of every dispatch */
  constructor(estimates: readonly number[]) {
    this.slight = estimates.every((estimate) => estimate <= FLOOR_MS);
    this.#estimates = Float64Array.from(estimates, (estimate) => Math.max(FLOOR_MS, estimate));
  }

  get worthMeasuring(): boolean {
    return this.#worthMeasuring;
  }

  /** Where each slice ends: the number of the dispatch after its last. A dispatch beyond the budget is alone. */
  ends(budgetMs: number): readonly number[] {
    if (budgetMs === this.#budgetMs) return this.#ends;
    const ends: number[] = [];
    let sum = 0;
    let total = 0;
    this.#estimates.forEach((estimate, index) => {
      if (sum > 0 && sum + estimate > budgetMs) {
        ends.push(index);
        sum = 0;
      }
      sum += estimate;
      total += estimate;
    });
    ends.push(this.#estimates.length);
    this.#budgetMs = budgetMs;
    this.#ends = ends;
    this.#worthMeasuring = total > budgetMs / 4;
    return ends;
  }

  /** Corrects the estimates of dispatches `from` to before `to`, which together took `milliseconds`. */
  measured(from: number, to: number, milliseconds: number): void {
    let estimated = 0;
    for (let index = from; index < to; index++) estimated += this.#estimates[index]!;
    const factor = Math.min(STEP, Math.max(1 / STEP, milliseconds / estimated));
    for (let index = from; index < to; index++)
      this.#estimates[index] = Math.max(FLOOR_MS, this.#estimates[index]! * factor);
    this.#budgetMs = NaN;
  }
}
