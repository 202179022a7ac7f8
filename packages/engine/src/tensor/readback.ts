import type { Gpu } from '../device/gpu.ts';

/** Size of one staging buffer: long enough that a copy outweighs its round trip. */
const STAGING_BYTES = 4 * 2 ** 20;
/** Staging buffers of a device: one is read while others fill. */
const MOST_STAGING = 4;

/** Bytes of a buffer, and where they are to go; both multiples of four. */
export interface Readback {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly into: Uint8Array;
}

/** A part of a readback that one staging buffer holds. */
interface Piece extends Readback {
  /** Where it lies in the staging buffer. */
  readonly at: number;
}

/**
 * The staging buffers of a device, made at first use and used in turn ever after: reading a loss at every step
 * allocates nothing, and a large tensor passes through in pieces.
 */
class StagingRing {
  readonly #gpu: Gpu;
  readonly #free: GPUBuffer[] = [];
  readonly #waiting: (() => void)[] = [];
  #made = 0;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** Reads everything, small parts together in one trip. */
  async read(parts: readonly Readback[], what: string): Promise<void> {
    const filled: { staging: GPUBuffer; pieces: readonly Piece[]; mapped: Promise<undefined> }[] = [];
    const empty = async (): Promise<void> => {
      const { staging, pieces, mapped } = filled.shift()!;
      try {
        await this.#gpu.wait(mapped, `reading ${what}`);
        for (const { at, into } of pieces) into.set(new Uint8Array(staging.getMappedRange(at, into.length)));
        staging.unmap();
      } finally {
        this.#free.push(staging);
        this.#waiting.shift()?.();
      }
    };
    try {
      for (const pieces of trips(parts)) {
        let staging = this.#take();
        while (staging === null) {
          // Whoever holds buffers empties one of its own, so nobody waits for another who waits.
          if (filled.length > 0) await empty();
          else await new Promise<void>((resolve) => this.#waiting.push(resolve));
          staging = this.#take();
        }
        filled.push({ staging, pieces, mapped: this.#fill(staging, pieces) });
      }
    } finally {
      while (filled.length > 0) await empty();
    }
  }

  #take(): GPUBuffer | null {
    const staging = this.#free.pop();
    if (staging !== undefined) return staging;
    if (this.#made === MOST_STAGING) return null;
    this.#made += 1;
    return this.#gpu.device.createBuffer({
      label: `readback ${this.#made}`,
      size: STAGING_BYTES,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
  }

  #fill(staging: GPUBuffer, pieces: readonly Piece[]): Promise<undefined> {
    const encoder = this.#gpu.device.createCommandEncoder();
    for (const { buffer, offset, into, at } of pieces)
      encoder.copyBufferToBuffer(buffer, offset, staging, at, into.length);
    this.#gpu.device.queue.submit([encoder.finish()]);
    const last = pieces.at(-1)!;
    return staging.mapAsync(GPUMapMode.READ, 0, last.at + last.into.length);
  }
}

/** Cuts readbacks into what goes through one staging buffer at a time, in order. */
function* trips(parts: readonly Readback[]): Generator<readonly Piece[]> {
  let pieces: Piece[] = [];
  let at = 0;
  for (const { buffer, offset, into } of parts) {
    for (let done = 0; done < into.length;) {
      if (at === STAGING_BYTES) {
        yield pieces;
        pieces = [];
        at = 0;
      }
      const length = Math.min(into.length - done, STAGING_BYTES - at);
      pieces.push({ buffer, offset: offset + done, into: into.subarray(done, done + length), at });
      done += length;
      // A mapped range begins at a multiple of eight.
      at += Math.ceil(length / 8) * 8;
    }
  }
  if (pieces.length > 0) yield pieces;
}

const rings = new WeakMap<Gpu, StagingRing>();

/**
 * Copies bytes of buffers to the host. What is submitted before the call has run by then; what is submitted while
 * it lasts may or may not show.
 *
 * @param what is read, for a profile
 * @throws {DeviceError} if the device is lost meanwhile
 */
export function readBack(gpu: Gpu, parts: readonly Readback[], what: string): Promise<void> {
  let ring = rings.get(gpu);
  if (ring === undefined) rings.set(gpu, (ring = new StagingRing(gpu)));
  return ring.read(parts, what);
}
