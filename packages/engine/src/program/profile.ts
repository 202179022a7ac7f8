import type { Gpu } from '../device/gpu.ts';
import { DeviceError } from '../errors.ts';
import { describeShape, sizeOf } from '../tensor/shape.ts';
import { markedEntries, type Work } from './cost.ts';
import type { Command } from './program.ts';
import { Scalar, type Value } from './value.ts';

/** One dispatch of a run, as the GPU's clock saw it. */
export interface KernelTime {
  readonly label: string;
  /** Milliseconds of the GPU's clock, whose zero means nothing. */
  readonly started: number;
  readonly milliseconds: number;
  /** What it cost; null where that depends on data that nothing counts. */
  readonly work: Work | null;
  /** Labels and shapes of what it was given. */
  readonly operands: readonly string[];
}

/** WebGPU's limit of queries in one set: two a dispatch. */
const QUERIES = 4096;

/** @throws {DeviceError} if the adapter has no timestamps */
export function requireTimestamps(gpu: Gpu): void {
  if (!gpu.device.features.has('timestamp-query')) {
    throw new DeviceError(
      `profile: expected an adapter with timestamp queries, got ${gpu.name}; choose another adapter`,
    );
  }
}

/** One run of commands, each in a pass of its own between two timestamps. It computes what one pass computes. */
export class ProfiledRun {
  readonly #gpu: Gpu;
  readonly #commands: readonly Command[];
  readonly #masks: ReadonlyMap<number, readonly MaskCopy[]>;
  readonly #stampBytes: number;
  readonly #sets: readonly GPUQuerySet[];
  readonly #resolved: GPUBuffer;
  readonly #staging: GPUBuffer;

  /** @throws {DeviceError} if the adapter has no timestamps */
  constructor(gpu: Gpu, commands: readonly Command[]) {
    requireTimestamps(gpu);
    const { device } = gpu;
    this.#gpu = gpu;
    this.#commands = commands;
    const { before, bytes } = placeMasks(commands);
    this.#masks = before;
    this.#stampBytes = commands.length * 16;
    const queries = commands.length * 2;
    this.#sets = Array.from({ length: Math.ceil(queries / QUERIES) }, (_, index) =>
      device.createQuerySet({ type: 'timestamp', count: Math.min(QUERIES, queries - index * QUERIES) }),
    );
    this.#resolved = device.createBuffer({
      label: 'profile timestamps',
      size: this.#stampBytes,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.#staging = device.createBuffer({
      label: 'profile readback',
      size: this.#stampBytes + bytes,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
  }

  /** @param ends where each submission ends, as Slices has them */
  submit(ends: readonly number[]): void {
    let from = 0;
    for (const end of ends) {
      const encoder = this.#gpu.device.createCommandEncoder({ label: 'profile' });
      for (let index = from; index < end; index++) this.#encode(encoder, index);
      if (end === this.#commands.length) {
        this.#sets.forEach((set, index) =>
          encoder.resolveQuerySet(set, 0, set.count, this.#resolved, index * QUERIES * 8),
        );
        encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, this.#stampBytes);
      }
      this.#gpu.submissions.submit(encoder.finish());
      from = end;
    }
  }

  #encode(encoder: GPUCommandEncoder, index: number): void {
    const { pipeline, bindGroup, groups } = this.#commands[index]!;
    for (const { buffer, byteOffset, bytes, at } of this.#masks.get(index) ?? [])
      encoder.copyBufferToBuffer(buffer, byteOffset, this.#staging, this.#stampBytes + at, bytes);
    const query = (index * 2) % QUERIES;
    const pass = encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#sets[Math.floor((index * 2) / QUERIES)]!,
        beginningOfPassWriteIndex: query,
        endOfPassWriteIndex: query + 1,
      },
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    pass.end();
  }

  /** Waits for the run. */
  async read(scalars: Readonly<Record<string, number>>): Promise<KernelTime[]> {
    await this.#gpu.wait(this.#staging.mapAsync(GPUMapMode.READ), 'a sampled run');
    const read = this.#staging.getMappedRange();
    const stamps = new BigUint64Array(read, 0, this.#commands.length * 2);
    const counts = new Map<Value, number>();
    for (const { mask, at, bytes } of [...this.#masks.values()].flat())
      counts.set(mask, countBits(new Uint32Array(read, this.#stampBytes + at, bytes / 4)));
    return this.#commands.map((command, index) => ({
      label: command.label,
      started: Number(stamps[index * 2]!) / 1e6,
      milliseconds: Number(stamps[index * 2 + 1]! - stamps[index * 2]!) / 1e6,
      work: workOf(command, scalars, counts),
      operands: command.uses.map(({ value: { label, shape } }) => `${label} ${describeShape(shape)}`),
    }));
  }

  destroy(): void {
    this.#staging.destroy();
    this.#resolved.destroy();
    for (const set of this.#sets) set.destroy();
  }
}

interface MaskCopy {
  readonly mask: Value;
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
  readonly bytes: number;
  /** Where among the copies. */
  readonly at: number;
}

/** Each mask that some cost counts, copied before the first command that walks it: afterwards its place may be another's. */
function placeMasks(commands: readonly Command[]) {
  const before = new Map<number, MaskCopy[]>();
  const known = new Set<Value>();
  let at = 0;
  commands.forEach(({ cost, counted }, index) => {
    const marked = markedEntries(cost);
    if (marked === null || counted === null || known.has(marked.mask)) return;
    const { mask, from } = marked;
    known.add(mask);
    const bytes = 4 * (sizeOf(mask.shape) - from);
    const copy = { mask, buffer: counted, byteOffset: (mask.part?.byteOffset ?? 0) + 4 * from, bytes, at };
    before.set(index, [...(before.get(index) ?? []), copy]);
    at += bytes;
  });
  return { before, bytes: at };
}

function workOf(
  { cost }: Command,
  scalars: Readonly<Record<string, number>>,
  counts: ReadonlyMap<Value, number>,
): Work | null {
  if (cost === null || !('entries' in cost)) return cost;
  const { entries, of } = cost;
  return of(entries instanceof Scalar ? scalars[entries.name]! : counts.get(entries.mask)!);
}

/** Bits set in all words. */
export function countBits(words: Uint32Array): number {
  let count = 0;
  for (let word of words) {
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}
