import type { Gpu } from './gpu.ts';

/** Submissions that may be unfinished at once; more would only queue memory and delay Ctrl-C. */
const MOST_IN_FLIGHT = 3;
/** A wait this short found what had ended before, nobody knows when. */
const NOTICED_MS = 0.3;
/** Drivers take a GPU away after a second or two; a tenth leaves the desktop usable as well. */
const BUDGET_MS = 100;

interface Submission {
  readonly done: Promise<undefined>;
  readonly submittedAt: number;
  readonly measured: ((milliseconds: number) => void) | null;
  readonly slight: boolean;
}

/** What was submitted to one device and may not have ended. */
export class Submissions {
  /** Milliseconds that one submission should not exceed; halved for a device that follows a lost one. */
  budgetMs = BUDGET_MS;
  readonly #gpu: Gpu;
  readonly #inFlight: Submission[] = [];
  /** When the submission before the oldest was seen to end; null where nobody looked in time. */
  #lastEnd: number | null = 0;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /**
   * @param measured is told how long the submission took, where that could be seen
   * @param slight true where no dispatch has work for more than one core
   */
  submit(commands: GPUCommandBuffer, measured: Submission['measured'] = null, slight = false): void {
    const { queue } = this.#gpu.device;
    queue.submit([commands]);
    this.#inFlight.push({
      done: queue.onSubmittedWorkDone(),
      submittedAt: performance.now(),
      measured,
      slight,
    });
  }

  /**
   * lavapipe puts its threads to sleep after every dispatch. Where the cores go to sleep as well, waking them is most of
   * a slight program, and a core that looks after it meanwhile, which would be idle, keeps them awake: 25 dispatches
   * took 0.45 ms and not 0.86 (two idle cores of a virtual machine). SwiftShader's threads look for work themselves, and
   * the same makes 0.53 into 1.19; where dispatches have work for all cores, it takes one of them away.
   */
  get #wakesPerDispatch(): boolean {
    return this.#gpu.adapterClass === 'cpu-wide';
  }

  get tooMany(): boolean {
    return this.#inFlight.length > MOST_IN_FLIGHT;
  }

  /** Waits until few are in flight, or none. @throws {DeviceError} see Gpu.check */
  async settle(most = MOST_IN_FLIGHT): Promise<void> {
    while (this.#inFlight.length > most) {
      const { done, submittedAt, measured, slight } = this.#inFlight.shift()!;
      const began = performance.now();
      await this.#gpu.wait(done, 'earlier runs', slight && this.#wakesPerDispatch);
      const end = performance.now();
      const seen = end - began > NOTICED_MS;
      if (seen && this.#lastEnd !== null) measured?.(end - Math.max(this.#lastEnd, submittedAt));
      this.#lastEnd = seen || this.#inFlight.length === 0 ? end : null;
    }
  }
}
