import { readPeak, type Gpu } from '@monosema/engine';

/** How fast training goes, between two readings. */
export interface Speed {
  /** Units a second: vectors, or tokens; null where no time has passed that could be told. */
  readonly perSecond: number | null;
  /**
   * Operations a second, of those that the mathematics of the steps needs, over the adapter's measured peak; null where
   * no time has passed, or `monosema doctor --peak` or --profile has not measured the adapter on this machine.
   */
  readonly peakFraction: number | null;
}

/** Watches how much is done in which time; waiting, reading and writing count as time. */
export class Speedometer {
  readonly #peak: number | null;
  #before: number | null = null;

  constructor(gpu: Gpu) {
    this.#peak = readPeak(gpu)?.flops.perSecond ?? null;
  }

  /**
   * The speed since the last reading; the first tells nothing.
   *
   * @param now milliseconds
   * @param units that were done since the last reading, and `flops` operations for them
   */
  read(now: number, units: number, flops: number): Speed {
    const seconds = this.#before === null ? 0 : (now - this.#before) / 1000;
    this.#before = now;
    if (seconds <= 0) return { perSecond: null, peakFraction: null };
    return {
      perSecond: units / seconds,
      peakFraction: this.#peak === null ? null : flops / seconds / this.#peak,
    };
  }
}
