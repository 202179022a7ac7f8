import type { WaitForecast } from './wait-forecast.ts';

/** What differs between Node and a browser; whoever opens the device brings it along. */
export interface Door {
  /** The text of a kernel's file. */
  readonly readText: (url: URL) => Promise<string>;
  /**
   * Waits for a promise of the GPU.
   *
   * @param milliseconds how late the wait may end, where waiting means to look again and again; 0 to look without a pause
   *   at first
   * @param forecast of waits like it, where it is not the only one of its kind
   */
  readonly wait: <T>(promise: Promise<T>, milliseconds: number, forecast?: WaitForecast) => Promise<T>;
}
