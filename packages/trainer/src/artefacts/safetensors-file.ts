import {
  MAX_HEADER_BYTES,
  SafetensorsError,
  parseHeader,
  sizeOf,
  type Header,
  type TensorInfo,
} from './safetensors-header.ts';

/** Where the bytes of a file come from. */
export interface ByteSource {
  readonly size: number;
  /** Fills `into` from a position on. @throws {SafetensorsError} if there are no longer so many */
  read(into: Uint8Array, position: number): void;
  close(): void;
}

/** The arrays a tensor is read into. F16 and BF16 widen to Float32Array, which holds them exactly. */
export type TensorData =
  | Float64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

const WIDEN_ELEMENTS = 1 << 18;

/** An open file: its header is checked and in memory, its tensors stay where they are until they are read. */
export class SafetensorsFile implements Disposable {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #source: ByteSource;
  readonly #dataStart: number;

  private constructor(path: string, source: ByteSource, header: Header, dataStart: number) {
    this.path = path;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
    this.#source = source;
    this.#dataStart = dataStart;
  }

  /**
   * Checks the header strictly; tensors are read later, each on request. The source is the file's from then on.
   *
   * @param path for messages
   * @throws {SafetensorsError} if the bytes are malformed in any way
   */
  static open(path: string, source: ByteSource): SafetensorsFile {
    const { size } = source;
    if (size < 8)
      throw new SafetensorsError(
        `${path}: expected a safetensors file, got ${size} bytes, fewer than its shortest header`,
      );
    const prefix = new DataView(new ArrayBuffer(8));
    source.read(new Uint8Array(prefix.buffer), 0);
    const headerBytes = prefix.getBigUint64(0, true);
    if (headerBytes > BigInt(Math.min(size - 8, MAX_HEADER_BYTES)))
      throw new SafetensorsError(
        `${path}: the header should be ${headerBytes} bytes long, but the file has ${size - 8} bytes after its length and headers end at ${MAX_HEADER_BYTES}; the file is truncated or not safetensors`,
      );
    const json = new Uint8Array(Number(headerBytes));
    source.read(json, 8);
    const dataStart = 8 + json.length;
    return new SafetensorsFile(path, source, parseHeader(path, json, size - dataStart), dataStart);
  }

  /** A file whose bytes are in memory. @throws {SafetensorsError} see open */
  static ofBytes(path: string, bytes: Uint8Array): SafetensorsFile {
    return SafetensorsFile.open(path, {
      size: bytes.length,
      read: (into, position) => into.set(bytes.subarray(position, position + into.length)),
      close: () => {},
    });
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
    this.#source.close();
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
    this.#source.read(new Uint8Array(out.buffer), position);
    return out;
  }
}
