import type { StageContext } from '../artefacts/stage-context.ts';

/**
 * Turns the progress of a stage's parts into one: each counts by the work that it is expected to be. Looking at it is
 * also where a stop that the user asked for takes effect.
 */
export class PhaseClock<Part extends string> {
  readonly #context: StageContext;
  readonly #started: number;
  readonly #seconds = new Map<Part, number>();
  readonly #reached = new Map<Part, number>();
  #work: ReadonlyMap<Part, number>;
  #last: number;
  #shown = 0;

  /** @param work expected of each part, in one unit for all */
  constructor(context: StageContext, work: ReadonlyMap<Part, number>) {
    this.#context = context;
    this.#work = work;
    this.#started = context.now();
    this.#last = this.#started;
  }

  /** Expects other work from now on, where more is known of it. What was shown as done is not taken back. */
  expect(work: ReadonlyMap<Part, number>): void {
    this.#work = work;
  }

  /** Says that a share of a part is done; the time since the last call was spent on it. @throws the signal's reason when stopped */
  reach(part: Part, share: number): void {
    this.#context.signal.throwIfAborted();
    const now = this.#context.now();
    this.#seconds.set(part, (this.#seconds.get(part) ?? 0) + (now - this.#last) / 1000);
    this.#last = now;
    this.#reached.set(part, Math.max(share, this.#reached.get(part) ?? 0));
    let [done, total] = [0, 0];
    for (const [name, work] of this.#work) {
      total += work;
      done += work * (this.#reached.get(name) ?? 0);
    }
    if (total > 0) this.#shown = Math.max(this.#shown, Math.round((1000 * done) / total) / 10);
    this.#context.progress({ done: this.#shown, total: 100, unit: 'percent' });
  }

  /** Seconds since the beginning. */
  seconds(): number {
    return (this.#context.now() - this.#started) / 1000;
  }

  /** Seconds spent on each part. */
  phases(): Record<string, number> {
    return Object.fromEntries(
      [...this.#seconds].map(([name, seconds]) => [name, Math.round(seconds * 10) / 10]),
    );
  }
}
