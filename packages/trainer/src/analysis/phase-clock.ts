import type { StageContext } from '../artefacts/stage-context.ts';

/**
 * Turns the progress of a stage's phases into one: each has its share of the whole. Looking at it is also where a
 * stop that the user asked for takes effect.
 */
export class PhaseClock<Phase extends string> {
  readonly #context: StageContext;
  readonly #shares: Readonly<Record<Phase, number>>;
  readonly #started: number;
  readonly #seconds = new Map<Phase, number>();
  readonly #reached = new Map<Phase, number>();
  #last: number;

  /** @param shares add up to 1 */
  constructor(context: StageContext, shares: Readonly<Record<Phase, number>>) {
    this.#context = context;
    this.#shares = shares;
    this.#started = context.now();
    this.#last = this.#started;
  }

  /** Says that a share of a phase is done; the time since the last call was spent on it. @throws the signal's reason when stopped */
  reach(phase: Phase, share: number): void {
    this.#context.signal.throwIfAborted();
    const now = this.#context.now();
    this.#seconds.set(phase, (this.#seconds.get(phase) ?? 0) + (now - this.#last) / 1000);
    this.#last = now;
    this.#reached.set(phase, share);
    let done = 0;
    for (const [name, reached] of this.#reached) done += this.#shares[name] * reached;
    this.#context.progress({ done: Math.round(done * 1000) / 10, total: 100, unit: 'percent' });
  }

  /** Seconds since the beginning. */
  seconds(): number {
    return (this.#context.now() - this.#started) / 1000;
  }

  /** Seconds spent on each phase. */
  phases(): Record<string, number> {
    return Object.fromEntries(
      [...this.#seconds].map(([name, seconds]) => [name, Math.round(seconds * 10) / 10]),
    );
  }
}
