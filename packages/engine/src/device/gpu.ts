import type { Door } from './door.ts';
import { DeviceError } from '../errors.ts';
import { oneLine } from './error-scopes.ts';
import { Submissions } from './submissions.ts';
import type { Profiler } from '../profile/profiler.ts';
import { Tuning } from '../tune/tuning.ts';
import { WaitForecast } from './wait-forecast.ts';

/**
 * What decides which kernels are candidates, instead of vendor names: `cpu-wide` and `cpu-narrow` are rasterisers on
 * the CPU (lavapipe with 8 lanes, SwiftShader with 4), where workgroup memory is slow and a workgroup should be
 * one subgroup; `gpu-subgroups` is hardware whose subgroups have one size; `gpu` is everything else, on which
 * kernels use no subgroup operations.
 */
export type AdapterClass = 'cpu-wide' | 'cpu-narrow' | 'gpu-subgroups' | 'gpu';

/** What was found out about the adapter of a device. */
export interface AdapterDescription {
  readonly name: string;
  readonly driver: string;
  /** True where it computes on the CPU. */
  readonly software: boolean;
  readonly adapterClass: AdapterClass;
  /** Lanes that execute together in every kernel that uses subgroup operations; 1 where no kernel may. */
  readonly subgroupSize: number;
  /** True where kernels must demand that size, because the device would choose among several. */
  readonly pinned: boolean;
  /** Why the adapter gets the kernels of a lesser class, for people; null where it gets its own. */
  readonly demotion: string | null;
  /** Bytes that one binding may hold, where that is to be less than the device allows. */
  readonly largestBinding?: number;
  /** Lanes of a workgroup in kernels that reduce over it, where they are to be other than the class says. */
  readonly workgroupSize?: number;
}

/** How long after it rejected what was pending a browser may take to say that the device is lost. */
const LOSS_MS = 500;

/**
 * An open GPU: handed to whoever needs it, never global. Errors that WebGPU reports asynchronously are kept and
 * thrown by the next awaited call, so that no failure passes silently.
 */
export class Gpu {
  readonly device: GPUDevice;
  readonly name: string;
  readonly driver: string;
  readonly software: boolean;
  readonly adapterClass: AdapterClass;
  readonly subgroupSize: number;
  readonly pinned: boolean;
  readonly demotion: string | null;
  /** What reads kernels and waits for this device. */
  readonly door: Door;
  /** Bytes that one binding may hold; larger values are bound in blocks of rows. */
  readonly largestBinding: number;
  /** Lanes of a workgroup in kernels that reduce over it. One subgroup on a CPU, where barriers are dear. */
  readonly workgroupSize: number;
  readonly submissions: Submissions;
  /**
   * Has every program look after each kernel whether what it wrote is finite, and throw where it is not. It halves the
   * speed: for finding out what went wrong in a run that is repeated from a good state.
   */
  trapsNonFinite = false;
  /** What products are computed with. */
  tuning = new Tuning();
  /** Told of all that runs and is waited for, where someone asks for a profile. */
  profiler: Profiler | null = null;
  readonly #forecasts = new Map<string, WaitForecast>();
  readonly #unheard = new Set<Promise<void>>();
  #fault: DeviceError | null = null;
  #lost = false;
  #closed = false;

  constructor(device: GPUDevice, description: AdapterDescription, door: Door) {
    this.device = device;
    this.name = description.name;
    this.driver = description.driver;
    this.software = description.software;
    this.adapterClass = description.adapterClass;
    this.subgroupSize = description.subgroupSize;
    this.pinned = description.pinned;
    this.demotion = description.demotion;
    this.door = door;
    this.workgroupSize = description.workgroupSize ?? (this.isCpu ? description.subgroupSize : 64);
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.largestBinding = Math.min(
      maxStorageBufferBindingSize,
      maxBufferSize,
      description.largestBinding ?? Infinity,
    );
    this.submissions = new Submissions(this);
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault(); // we report it ourselves; Dawn would print it besides
      const { message } = (event as GPUUncapturedErrorEvent).error;
      this.#fault ??= new DeviceError(`${this.name}: ${oneLine(message)}`);
    });
    void device.lost.then((info) => {
      if (this.#closed) return;
      this.#lost = true;
      this.fail(
        new DeviceError(
          `${this.name}: the device was lost (${info.reason}): ${oneLine(info.message)}; open another, and build its programs anew`,
        ),
      );
    });
  }

  /** True where kernels for a CPU run: a workgroup is one subgroup. */
  get isCpu(): boolean {
    return this.adapterClass === 'cpu-wide' || this.adapterClass === 'cpu-narrow';
  }

  /** True once the device is gone, by no wish of ours: nothing it is asked for will happen, and another must be opened. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Makes the next check throw this, whatever the device reported of its own: it is nearer to the cause. */
  fail(error: DeviceError): void {
    this.#fault = error;
  }

  /** Has the next wait hear what the device says of something, before it returns. */
  heed(report: Promise<void>): void {
    this.#unheard.add(report);
    const heard = () => void this.#unheard.delete(report);
    report.then(heard, heard);
  }

  /** @throws {DeviceError} if the device reported an error, at any time, or has been closed */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
    if (this.#closed)
      throw new DeviceError(`${this.name}: expected an open device, got one that was closed; open another`);
  }

  /**
   * Waits without burning the core that a software adapter computes on.
   *
   * @param what is waited for, for a profile; of what has one name, each is thought to last as the last ones did
   * @param watched true for what takes less than a core that went to sleep takes to wake
   * @throws {DeviceError} see check
   */
  async wait<T>(promise: Promise<T>, what = 'the GPU', watched = false): Promise<T> {
    const leave = this.profiler?.enter('waits', what);
    let forecast = this.#forecasts.get(what);
    if (forecast === undefined) this.#forecasts.set(what, (forecast = new WaitForecast()));
    let result: T;
    try {
      result = await (watched
        ? this.door.wait(promise, 0)
        : this.door.wait(promise, this.software ? 0.25 : 0.05, forecast));
    } catch (error) {
      // A device that is lost rejects what was pending a moment before it says so.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      if (!this.#lost)
        await Promise.race([this.device.lost, new Promise((resolve) => setTimeout(resolve, LOSS_MS))]);
      this.check();
      throw error;
    } finally {
      leave?.();
    }
    if (this.#unheard.size > 0) await Promise.allSettled(this.#unheard);
    this.check();
    return result;
  }

  /** Resolves when everything submitted so far has run. @throws {DeviceError} see check */
  async idle(): Promise<void> {
    // Asked for first: once the last submission has ended, the answer is there and takes no turn of its own.
    const all = this.device.queue.onSubmittedWorkDone();
    all.catch(() => {});
    await this.submissions.settle(0);
    await this.wait(all, 'all runs');
  }

  close(): void {
    this.#closed = true;
    this.device.destroy();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
