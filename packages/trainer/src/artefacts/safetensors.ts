import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import {
  MAX_HEADER_BYTES,
  SafetensorsError,
  parseHeader,
  sizeOf,
  type Dtype,
  type Header,
  type TensorInfo,
} from './safetensors-header.ts';
import { dtypeOf, SafetensorsWriter } from './safetensors-writer.ts';

export { SafetensorsError, type Dtype, type TensorInfo };

/** The arrays a tensor is read into. F16 and BF16 widen to Float32Array, which holds them exactly. */
export type TensorData =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

/** What `writeSafetensors` takes: row-major data whose array type decides the dtype in the file. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

// One system call moves at most 2 GiB.
const LARGEST_TRANSFER = 1 << 30;
const WIDEN_ELEMENTS = 1 << 18;

/** An open file: its header is checked and in memory, its tensors stay on disk until they are read. */
export class SafetensorsFile implements Disposable {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #file: number;
  readonly #dataStart: number;

  constructor(path: string, file: number, header: Header, dataStart: number) {
    this.path = path;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#file = file;
    this.#dataStart = dataStart;
  }

  /** Type, shape and place of a tensor. @throws {SafetensorsError} if the file has none of that name */
  info(name: string): TensorInfo {
    const info = this.tensors.get(name);
    if (info) return info;
    const names = [...this.tensors.keys()];
    const found =
      names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
    throw new SafetensorsError(`${this.path}: expected a tensor ${name}, got ${found || 'no tensors'}`);
  }

  /**
   * Reads `count` elements from element `start` on, by default the whole tensor, into an array of its own type.
   *
   * @throws {SafetensorsError} if there is no such tensor, its type is one that nothing here uses, or the file has
   * become shorter
   * @throws {RangeError} if the range leaves the tensor
   */
  read(name: string, start = 0, count = sizeOf(this.info(name).shape) - start): TensorData {
    const { dtype } = this.info(name);
    switch (dtype) {
      case 'F64':
        return this.#into(name, new Float64Array(this.#checked(name, start, count)), start);
      case 'F32':
        return this.#into(name, new Float32Array(this.#checked(name, start, count)), start);
      case 'I64':
        return this.#into(name, new BigInt64Array(this.#checked(name, start, count)), start);
      case 'I32':
        return this.#into(name, new Int32Array(this.#checked(name, start, count)), start);
      case 'U32':
        return this.#into(name, new Uint32Array(this.#checked(name, start, count)), start);
      case 'U16':
        return this.#into(name, new Uint16Array(this.#checked(name, start, count)), start);
      case 'U8':
        return this.#into(name, new Uint8Array(this.#checked(name, start, count)), start);
      case 'F16':
      case 'BF16':
        return this.readFloat32(name, start, count);
      case 'U64':
      case 'I16':
      case 'I8':
      case 'BOOL':
        throw new SafetensorsError(
          `${this.path}: expected tensor ${name} to hold floats or token ids, got ${dtype}`,
        );
    }
  }

  /**
   * Reads a floating-point tensor (F64, F32, F16, BF16), or a range of its elements, as float32.
   *
   * @throws {SafetensorsError} if there is no such tensor or it holds integers
   * @throws {RangeError} if the range leaves the tensor
   */
  readFloat32(
    name: string,
    start = 0,
    count = sizeOf(this.info(name).shape) - start,
  ): Float32Array<ArrayBuffer> {
    const { dtype } = this.info(name);
    const out = new Float32Array(this.#checked(name, start, count));
    if (dtype === 'F32') return this.#into(name, out, start);
    // In pieces, so that a large tensor is never in memory twice.
    for (let done = 0; done < count; done += WIDEN_ELEMENTS) {
      const piece = Math.min(WIDEN_ELEMENTS, count - done);
      const at = start + done;
      if (dtype === 'F64') out.set(this.#into(name, new Float64Array(piece), at), done);
      else if (dtype === 'F16') out.set(this.#into(name, new Float16Array(piece), at), done);
      else if (dtype === 'BF16') {
        // bfloat16 is the upper half of a float32.
        const bits = Uint32Array.from(this.#into(name, new Uint16Array(piece), at), (half) => half << 16);
        out.set(new Float32Array(bits.buffer), done);
      } else throw new SafetensorsError(`${this.path}: expected tensor ${name} to hold floats, got ${dtype}`);
    }
    return out;
  }

  /** Closes the file; reading afterwards fails. */
  close(): void {
    closeSync(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #checked(name: string, start: number, count: number): number {
    const size = sizeOf(this.info(name).shape);
    if (
      !(
        Number.isInteger(start) &&
        Number.isInteger(count) &&
        start >= 0 &&
        count >= 0 &&
        start + count <= size
      )
    )
      throw new RangeError(
        `${this.path}: expected a range within the ${size} elements of ${name}, got ${count} from ${start}`,
      );
    return count;
  }

  #into<Data extends TensorData | Float16Array<ArrayBuffer>>(name: string, out: Data, start: number): Data {
    const position = this.#dataStart + this.info(name).start + start * out.BYTES_PER_ELEMENT;
    readFully(this.#file, new Uint8Array(out.buffer), position, this.path);
    return out;
  }
}

function readFully(file: number, bytes: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < bytes.length;) {
    const wanted = Math.min(bytes.length - done, LARGEST_TRANSFER);
    const got = readSync(file, bytes, done, wanted, position + done);
    if (got === 0)
      throw new SafetensorsError(
        `${path}: expected ${bytes.length} bytes at byte ${position}, got ${done}; the file was cut short`,
      );
    done += got;
  }
}

/**
 * Opens a safetensors file and checks its header strictly; tensors are read later, each on request.
 * Close the file when done, or hold it with `using`.
 *
 * @throws {SafetensorsError} if the file is malformed in any way; the system's error if it cannot be opened
 */
export function readSafetensors(path: string): SafetensorsFile {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    if (size < 8)
      throw new SafetensorsError(
        `${path}: expected a safetensors file, got ${size} bytes, fewer than its shortest header`,
      );
    const prefix = new DataView(new ArrayBuffer(8));
    readFully(file, new Uint8Array(prefix.buffer), 0, path);
    const headerBytes = prefix.getBigUint64(0, true);
    if (headerBytes > BigInt(Math.min(size - 8, MAX_HEADER_BYTES)))
      throw new SafetensorsError(
        `${path}: the header should be ${headerBytes} bytes long, but the file has ${size - 8} bytes after its length and headers end at ${MAX_HEADER_BYTES}; the file is truncated or not safetensors`,
      );
    const json = new Uint8Array(Number(headerBytes));
    readFully(file, json, 8, path);
    const dataStart = 8 + json.length;
    return new SafetensorsFile(path, file, parseHeader(path, json, size - dataStart), dataStart);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/**
 * Writes tensors that are in memory, and string metadata, to `path`; see SafetensorsWriter for the order and for
 * what a crash leaves. Data is written from where it lies.
 *
 * @throws {SafetensorsError} if the disk is full
 * @throws {RangeError} if a shape and its data differ in size
 */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const entries = Object.entries(tensors);
  for (const [name, { shape, data }] of entries) {
    if (sizeOf(shape) !== data.length)
      throw new RangeError(
        `internal: tensor ${name} of shape [${shape.join()}] cannot be written from ${data.length} elements`,
      );
  }
  const plans = entries.map(([name, { shape, data }]) => [name, { shape, dtype: dtypeOf(data) }] as const);
  using writer = new SafetensorsWriter(path, Object.fromEntries(plans), metadata);
  for (const [name, { data }] of entries) writer.write(name, data);
  writer.finish();
}
