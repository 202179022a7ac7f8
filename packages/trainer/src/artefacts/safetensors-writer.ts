import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import {
  BYTES,
  SafetensorsError,
  encodeHeader,
  sizeOf,
  type Dtype,
  type TensorInfo,
} from './safetensors-header.ts';
import type { TensorData } from './safetensors-file.ts';

/** What a tensor of the file will be. */
export interface TensorPlan {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

// One system call moves at most 2 GiB.
const LARGEST_TRANSFER = 1 << 30;

/**
 * Writes a safetensors file piece by piece, so that a file larger than the memory can be written. Every tensor's
 * type and shape are said first; its elements then come in row-major order, in pieces of any length, the tensors in
 * any order or in turns. The file is at its path, whole, once `finish` has returned; before, it has a temporary name.
 *
 * Wide types come first, as in the reference implementation, so every tensor is aligned; ties go by name, so equal
 * content gives equal bytes.
 */
export class SafetensorsWriter implements Disposable {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: number;
  readonly #tensors: ReadonlyMap<string, TensorInfo>;
  readonly #filled = new Map<string, number>();
  readonly #dataStart: number;
  readonly #dataBytes: number;
  #open = true;

  /** @throws {SafetensorsError} if the disk is full */
  constructor(
    path: string,
    tensors: Readonly<Record<string, TensorPlan>>,
    metadata: Readonly<Record<string, string>> = {},
  ) {
    this.path = path;
    const laidOut = layOut(tensors);
    this.#tensors = new Map(laidOut.map((info) => [info.name, info]));
    this.#dataBytes = laidOut.at(-1)?.end ?? 0;
    const header = encodeHeader(laidOut, metadata);
    this.#dataStart = header.length;
    this.#temporary = `${path}.${process.pid}.tmp`;
    this.#file = openSync(this.#temporary, 'w');
    this.#write(header, 0);
  }

  /**
   * Writes the next elements of a tensor.
   *
   * @throws {SafetensorsError} if the disk is full; what was written is then removed
   * @throws {RangeError} if there is no such tensor, its type is another, or it has no room for them
   */
  write(name: string, data: TensorData): void {
    const info = this.#tensors.get(name);
    if (info === undefined || info.dtype !== dtypeOf(data))
      throw new RangeError(
        `internal: ${dtypeOf(data)} elements of ${name}, which was planned as ${info?.dtype}`,
      );
    const filled = this.#filled.get(name) ?? 0;
    if (filled + data.byteLength > info.end - info.start)
      throw new RangeError(
        `internal: tensor ${name} of shape [${info.shape.join()}] cannot take ${filled / BYTES[info.dtype] + data.length} elements`,
      );
    this.#write(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      this.#dataStart + info.start + filled,
    );
    this.#filled.set(name, filled + data.byteLength);
  }

  /** Flushes the file and gives it its name. @throws {RangeError} if a tensor is not complete */
  finish(): void {
    for (const { name, start, end } of this.#tensors.values()) {
      const filled = this.#filled.get(name) ?? 0;
      if (filled !== end - start)
        throw new RangeError(`internal: tensor ${name} has ${filled} of its ${end - start} bytes`);
    }
    fsyncSync(this.#file);
    this.#close();
    renameSync(this.#temporary, this.path);
  }

  /** Removes what was written, unless it is finished. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    closeSync(this.#file);
    this.#open = false;
  }

  #write(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(
          this.#file,
          bytes,
          done,
          Math.min(bytes.length - done, LARGEST_TRANSFER),
          position + done,
        );
    } catch (error) {
      this[Symbol.dispose]();
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new SafetensorsError(
        `${this.path}: the disk is full, and this file needs ${this.#dataBytes} bytes; free some space and run again`,
        { cause: error },
      );
    }
  }
}

/** The format's name of the type of an array's elements. */
export function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  if (data instanceof BigInt64Array) return 'I64';
  if (data instanceof Int32Array) return 'I32';
  if (data instanceof Uint32Array) return 'U32';
  if (data instanceof Uint16Array) return 'U16';
  return 'U8';
}

function layOut(tensors: Readonly<Record<string, TensorPlan>>): TensorInfo[] {
  let end = 0;
  return Object.entries(tensors)
    .toSorted(([a, { dtype: ofA }], [b, { dtype: ofB }]) => BYTES[ofB] - BYTES[ofA] || (a < b ? -1 : 1))
    .map(([name, { dtype, shape }]) => {
      if (name === '__metadata__') throw new RangeError('internal: no tensor can be named __metadata__');
      const start = end;
      end += sizeOf(shape) * BYTES[dtype];
      return { name, dtype, shape, start, end };
    });
}
