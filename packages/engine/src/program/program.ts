import type { Gpu } from '../device/gpu.ts';
import { underScopes } from '../device/error-scopes.ts';
import { DeviceError, KernelError, NonFiniteError, ProgramError } from '../errors.ts';
import { describeShape } from '../tensor/shape.ts';
import { writeTensor, type Tensor } from '../tensor/tensor.ts';
import type { Use } from './check-dispatches.ts';
import type { Cost, Work } from './cost.ts';
import { describeNonFinite, runLooking, type NonFinite } from './non-finite.ts';
import { describePlan, type Plan } from './plan.ts';
import type { Slices } from './slices.ts';
import { ProfiledRun, type KernelTime } from './profile.ts';
import { Scalar } from './value.ts';

/** What a command binds, and where it lies. */
export interface Operand extends Use {
  readonly place: GPUBuffer | GPUTexture;
}

/** One dispatch, ready to be encoded. */
export interface Command {
  readonly label: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
  readonly uses: readonly Operand[];
  readonly cost: Cost;
  /** Where the mask lies that the cost counts. */
  readonly counted: GPUBuffer | null;
}

/** A recorded step. Running it re-encodes a list of commands; it allocates no buffer and makes no bind group. */
export class Program {
  readonly name: string;
  readonly plan: Plan;
  readonly #gpu: Gpu;
  readonly #commands: readonly Command[];
  readonly #slices: Slices;
  readonly #scalars: readonly string[];
  readonly #scalarTensor: Tensor;
  readonly #scalarData: Float32Array<ArrayBuffer>;
  readonly #places: readonly (GPUBuffer | GPUTexture)[];
  readonly #descriptor: { readonly label: string };
  /** False until one run went through without complaint. */
  #proven = false;
  #destroyed = false;

  constructor(
    gpu: Gpu,
    name: string,
    commands: readonly Command[],
    slices: Slices,
    scalars: readonly string[],
    scalarTensor: Tensor,
    places: readonly (GPUBuffer | GPUTexture)[],
    plan: Plan,
  ) {
    this.name = name;
    this.plan = plan;
    this.#gpu = gpu;
    this.#commands = commands;
    this.#slices = slices;
    this.#scalars = scalars;
    this.#scalarTensor = scalarTensor;
    this.#scalarData = new Float32Array(scalars.length);
    this.#places = places;
    this.#descriptor = { label: name };
  }

  /**
   * Submits one run, in several pieces where it is long. Resolves when little enough is in flight, not when this run
   * has ended: read a tensor, or await gpu.idle(), for that.
   *
   * @param scalars a finite number for every scalar of the program
   * @throws {ProgramError} if a scalar is missing or not one of the program's, or the program was destroyed
   * @throws {KernelError} if WebGPU finds fault with a kernel
   * @throws {DeviceError} if there is no memory to run it, or the device reported an error before
   * @throws {NonFiniteError} if the device traps what is not finite, and a kernel wrote such
   */
  async run(scalars: Readonly<Record<string, number>> = {}): Promise<void> {
    this.#begin(scalars);
    const { profiler, submissions, trapsNonFinite } = this.#gpu;
    if (trapsNonFinite) {
      const found = await this.findNonFinite(scalars);
      if (found !== null) throw new NonFiniteError(describeNonFinite(found), 'look at what it was given');
      return;
    }
    if (profiler?.begins(this.name) === true) {
      profiler.sampled(this.name, await this.#profile(scalars), performance.now());
      return;
    }
    await this.#send(() => this.#submit());
    if (submissions.tooMany) await submissions.settle();
    this.#gpu.check();
  }

  /** Everything is submitted before anything is awaited: what the caller submits next comes after the whole run. */
  #submit(): void {
    const { submissions } = this.#gpu;
    const slices = this.#slices;
    let from = 0;
    for (const end of slices.ends(submissions.budgetMs)) {
      const first = from;
      const measured = slices.worthMeasuring
        ? (milliseconds: number) => slices.measured(first, end, milliseconds)
        : null;
      submissions.submit(this.#encode(from, end), measured, slices.slight);
      from = end;
    }
  }

  #encode(from: number, end: number): GPUCommandBuffer {
    const encoder = this.#gpu.device.createCommandEncoder(this.#descriptor);
    const pass = encoder.beginComputePass(this.#descriptor);
    let current: GPUComputePipeline | null = null;
    for (let index = from; index < end; index++) {
      const { pipeline, bindGroup, groups } = this.#commands[index]!;
      if (pipeline !== current) pass.setPipeline((current = pipeline));
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    }
    pass.end();
    return encoder.finish();
  }

  /** The first run is watched, so that what is wrong with it is said with the name of the kernel. */
  async #send(submit: () => void): Promise<void> {
    if (this.#proven) return submit();
    const error = await this.#gpu.wait(underScopes(this.#gpu, submit).complaint, 'validation');
    if (error === null) {
      this.#proven = true;
      return;
    }
    if (error.kind === 'out-of-memory') {
      throw new DeviceError(
        `${this.name}: expected memory to run ${this.#commands.length} kernels on ${this.#gpu.name}, got "${error.message}"; use a smaller batch`,
      );
    }
    const guilty = await this.#guilty();
    throw new KernelError(`${this.name}: ${guilty === null ? '' : `${guilty}: `}${error.message}`);
  }

  /** The first kernel that WebGPU objects to when it runs by itself, with what it binds; null where none is. */
  async #guilty(): Promise<string | null> {
    for (const [index, { label, uses }] of this.#commands.entries()) {
      const alone = () => this.#gpu.submissions.submit(this.#encode(index, index + 1));
      const error = await this.#gpu.wait(underScopes(this.#gpu, alone).complaint);
      if (error !== null)
        return `${label} of ${uses.map(({ value }) => `${value.label} ${describeShape(value.shape)}`).join(', ')}`;
    }
    return null;
  }

  /** Like run, but waits and returns the time of every kernel, in order. @throws {DeviceError} without timestamps */
  async profile(scalars: Readonly<Record<string, number>> = {}): Promise<KernelTime[]> {
    this.#begin(scalars);
    return this.#profile(scalars);
  }

  async #profile(scalars: Readonly<Record<string, number>>): Promise<KernelTime[]> {
    const run = new ProfiledRun(this.#gpu, this.#commands);
    try {
      await this.#send(() => run.submit(this.#slices.ends(this.#gpu.submissions.budgetMs)));
      return await run.read(scalars);
    } finally {
      run.destroy();
    }
  }

  /**
   * Runs like run, looking after every kernel at what it wrote, and tells of the first value that has an element that
   * is infinite or no number. It takes about twice the time and changes tensors as a run does: from the state before
   * a step that went wrong, it finds the kernel that went wrong first.
   *
   * @returns null where all stayed finite
   */
  async findNonFinite(scalars: Readonly<Record<string, number>> = {}): Promise<NonFinite | null> {
    this.#begin(scalars);
    return runLooking(this.#gpu, this.name, this.#commands);
  }

  /** Writes the scalars of a run that is to be encoded. */
  #begin(scalars: Readonly<Record<string, number>>): void {
    if (this.#destroyed)
      throw new ProgramError(
        `${this.name}: expected a program that is there, got one that was destroyed; build another`,
      );
    const names = this.#scalars;
    for (const name in scalars) {
      if (!names.includes(name))
        throw new ProgramError(
          `${this.name}: expected numbers for ${names.length === 0 ? 'no scalars' : `the scalars ${names.join(', ')}`}, got one for "${name}"; leave it out, or give that scalar to an op`,
        );
    }
    if (names.length === 0) return;
    for (let slot = 0; slot < names.length; slot++) {
      const value = scalars[names[slot]!];
      if (value === undefined || !Number.isFinite(value))
        throw new ProgramError(
          `${this.name}: expected a finite number for the scalar "${names[slot]}", got ${value}; give run() one`,
        );
      this.#scalarData[slot] = value;
    }
    writeTensor(this.#gpu, this.#scalarTensor, this.#scalarData);
  }

  /**
   * What the mathematics of one run needs, as its kernels state it; of those whose work nothing counts, nothing.
   *
   * @param marked entries that each mask is taken to mark, as only a run knows how many they are
   */
  work(marked: number, scalars: Readonly<Record<string, number>> = {}): Work {
    let [flops, bytes] = [0, 0];
    for (const { cost } of this.#commands) {
      if (cost === null) continue;
      const work =
        'entries' in cost
          ? cost.of(cost.entries instanceof Scalar ? (scalars[cost.entries.name] ?? 0) : marked)
          : cost;
      flops += work.flops;
      bytes += work.bytes;
    }
    return { flops, bytes };
  }

  /** Bytes of temporaries, and which of them share a place. */
  describe(): string {
    const bytes = this.plan.slotBytes.reduce((sum, size) => sum + size, 0);
    return `${this.name}: ${this.#commands.length} dispatches, ${bytes} bytes of temporaries (${this.plan.unsharedBytes} unshared)\n${describePlan(this.plan)}`;
  }

  /** Frees temporaries and outputs; persistent tensors stay. */
  destroy(): void {
    this.#destroyed = true;
    for (const place of this.#places) place.destroy();
    this.#scalarTensor.buffer.destroy();
  }
}
