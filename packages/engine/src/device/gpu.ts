import type { Door } from './door.ts';
import { DeviceError } from '../errors.ts';

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
}

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
  #fault: DeviceError | null = null;
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
    this.workgroupSize = this.isCpu ? description.subgroupSize : 64;
    const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
    this.largestBinding = Math.min(
      maxStorageBufferBindingSize,
      maxBufferSize,
      description.largestBinding ?? Infinity,
    );
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault(); // we report it ourselves; Dawn would print it besides
      this.#fault ??= new DeviceError(`${this.name}: ${(event as GPUUncapturedErrorEvent).error.message}`);
    });
    void device.lost.then((info) => {
      if (!this.#closed)
        this.#fault ??= new DeviceError(
          `${this.name}: the device was lost (${info.reason}): ${info.message}`,
        );
    });
  }

  /** True where kernels for a CPU run: a workgroup is one subgroup. */
  get isCpu(): boolean {
    return this.adapterClass === 'cpu-wide' || this.adapterClass === 'cpu-narrow';
  }

  /** @throws {DeviceError} if the device reported an error since the last check */
  check(): void {
    if (this.#fault !== null) throw this.#fault;
  }

  /** Waits without burning the core that a software adapter computes on. @throws {DeviceError} see check */
  async wait<T>(promise: Promise<T>): Promise<T> {
    const result = await this.door.wait(promise, this.software ? 0.25 : 0.05);
    this.check();
    return result;
  }

  /** Resolves when everything submitted so far has run. @throws {DeviceError} see check */
  async idle(): Promise<void> {
    await this.wait(this.device.queue.onSubmittedWorkDone());
  }

  close(): void {
    this.#closed = true;
    this.device.destroy();
    this.door.release();
  }
}
