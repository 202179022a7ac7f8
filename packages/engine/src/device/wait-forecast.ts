/** Waits after which one like them is foreseen: what two lengths take turns at is foreseen by the shorter. */
const ENOUGH = 3;
/** Share of the shortest of those that the next one is thought to last: what runs is never quite as fast again. */
const SURE = 0.85;

/**
 * How long the next wait of a kind will last at least, from how long the last ones did. Looking whether a software
 * adapter has ended takes time from the core it computes on (40 us a look on lavapipe, which at four looks a millisecond
 * was a seventh of a product of 17 ms), so it is spared where nothing is to be seen yet.
 */
export class WaitForecast {
  readonly #lasted: number[] = [];

  /** Milliseconds; 0 where nothing is foreseen. */
  get milliseconds(): number {
    return this.#lasted.length < ENOUGH ? 0 : SURE * Math.min(...this.#lasted);
  }

  /** A wait lasted so long, and was seen to last longer than foreseen. */
  lasted(milliseconds: number): void {
    this.#lasted.push(milliseconds);
    if (this.#lasted.length > ENOUGH) this.#lasted.shift();
  }

  /** A wait had ended when it was first looked for, nobody knows when: what was known is true no more. */
  failed(): void {
    this.#lasted.length = 0;
  }
}
