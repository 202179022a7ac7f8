import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';
import { writeTensor, type Tensor } from '../tensor/tensor.ts';
import type { Use } from './check-dispatches.ts';
import { describePlan, type Plan } from './plan.ts';
import { profileCommands, type KernelTime } from './profile.ts';

export interface Command {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
  readonly uses: readonly Use[];
}

/** Runs that may be submitted but unfinished; more would only queue memory and delay Ctrl-C. */
const MAX_IN_FLIGHT = 2;

/** A recorded step. Running it re-encodes a list of commands; it allocates no buffer and makes no bind group. */
export class Program {
  readonly name: string;
  readonly #gpu: Gpu;
  readonly #commands: readonly Command[];
  readonly #scalars: readonly string[];
  readonly #scalarTensor: Tensor;
  readonly #buffers: readonly GPUBuffer[];
  readonly #plan: Plan;
  readonly #inFlight: Promise<undefined>[] = [];

  constructor(
    gpu: Gpu,
    name: string,
    commands: readonly Command[],
    scalars: readonly string[],
    scalarTensor: Tensor,
    buffers: readonly GPUBuffer[],
    plan: Plan,
  ) {
    this.name = name;
    this.#gpu = gpu;
    this.#commands = commands;
    this.#scalars = scalars;
    this.#scalarTensor = scalarTensor;
    this.#buffers = buffers;
    this.#plan = plan;
  }

  /**
   * Submits one run. Resolves when few enough runs are in flight, not when this one has ended: read a tensor, or
   * await gpu.idle(), for that.
   *
   * @param scalars a value for every scalar of the program
   * @throws {KernelError} if a scalar is missing or not one of the program's
   */
  async run(scalars: Readonly<Record<string, number>> = {}): Promise<void> {
    this.#writeScalars(scalars);
    const encoder = this.#gpu.device.createCommandEncoder({ label: this.name });
    const pass = encoder.beginComputePass({ label: this.name });
    for (const { pipeline, bindGroup, groups } of this.#commands) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
    pass.end();
    this.#gpu.device.queue.submit([encoder.finish()]);
    this.#inFlight.push(this.#gpu.device.queue.onSubmittedWorkDone());
    if (this.#inFlight.length > MAX_IN_FLIGHT) await this.#gpu.wait(this.#inFlight.shift()!);
    this.#gpu.check();
  }

  /** Like run, but waits and returns the time of every kernel, in order. @throws {DeviceError} without timestamps */
  async profile(scalars: Readonly<Record<string, number>> = {}): Promise<KernelTime[]> {
    this.#writeScalars(scalars);
    return profileCommands(this.#gpu, this.#commands);
  }

  #writeScalars(scalars: Readonly<Record<string, number>>): void {
    for (const name of Object.keys(scalars)) {
      if (!this.#scalars.includes(name))
        throw new KernelError(`internal: program ${this.name} has no scalar "${name}"`);
    }
    if (this.#scalars.length === 0) return;
    const values = this.#scalars.map((name) => {
      const value = scalars[name];
      if (value === undefined || !Number.isFinite(value))
        throw new KernelError(
          `internal: program ${this.name} needs a finite number for the scalar "${name}", got ${value}`,
        );
      return value;
    });
    writeTensor(this.#gpu, this.#scalarTensor, Float32Array.from(values));
  }

  /** Bytes of temporaries, and which of them share a place. */
  describe(): string {
    const bytes = this.#plan.slotBytes.reduce((sum, size) => sum + size, 0);
    return `${this.name}: ${this.#commands.length} dispatches, ${bytes} bytes of temporaries (${this.#plan.unsharedBytes} unshared)\n${describePlan(this.#plan)}`;
  }

  /** Frees temporaries and outputs; persistent tensors stay. */
  destroy(): void {
    for (const buffer of this.#buffers) buffer.destroy();
    this.#scalarTensor.buffer.destroy();
  }
}
