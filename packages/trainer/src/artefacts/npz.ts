/**
 * NumPy's .npz: a zip archive of .npy arrays, stored or compressed. An array is read from front to back, in pieces.
 * A file may come from anywhere: an array must have exactly the bytes that its header announces, and one that would
 * have to be unpickled is refused.
 */
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { sizeOf } from './safetensors-header.ts';

/** A file is not an archive of arrays that can be read; the message is one sentence for the user. */
export class NpzError extends Error {
  override name = 'NpzError';
}

/** An array of floating-point numbers, row-major. */
export interface NpyArray {
  /** As safetensors calls the types. */
  readonly dtype: 'F64' | 'F32' | 'F16';
  readonly shape: readonly number[];
  /** The elements as float32, front to back. */
  pieces(): AsyncIterable<Float32Array<ArrayBuffer>>;
}

/** An open archive. Close it when done, or hold it with `using`. */
export interface NpzFile extends Disposable {
  readonly path: string;
  readonly arrays: ReadonlyMap<string, NpyArray>;
}

const ARRAYS = { '<f8': Float64Array, '<f4': Float32Array, '<f2': Float16Array } as const;
const DTYPES = { '<f8': 'F64', '<f4': 'F32', '<f2': 'F16' } as const;
/** Bytes of a header, most; NumPy's take less than 200. */
const MAX_HEADER = 1 << 16;
/** Bytes of a piece; a multiple of every element's. */
const PIECE_BYTES = 1 << 22;

/** @throws {NpzError} if the file is malformed, or holds anything but little-endian, row-major floats */
export async function openNpz(path: string): Promise<NpzFile> {
  const damaged = (error: unknown): never => {
    if (error instanceof NpzError) throw error;
    throw new NpzError(
      `${path}: expected a zip archive of arrays (npz), got "${(error as Error).message}"; the file is damaged or not npz`,
      { cause: error },
    );
  };
  const zip = await openPromise(path, { autoClose: false }).catch((error: NodeJS.ErrnoException) => {
    // What the system says, as that the file is missing, is not the archive's fault.
    if (error.code !== undefined) throw error;
    return damaged(error);
  });
  try {
    const arrays = new Map<string, NpyArray>();
    const entries = await Array.fromAsync(zip.eachEntry()).catch(damaged);
    for (const entry of entries) {
      const name = entry.fileName.replace(/\.npy$/, '');
      if (name === entry.fileName || arrays.has(name))
        throw new NpzError(`${path}: expected arrays of different names, got also "${entry.fileName}"`);
      arrays.set(name, await openArray(zip, entry, `${path}: array ${name}`, damaged).catch(damaged));
    }
    return { path, arrays, [Symbol.dispose]: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openArray(
  zip: ZipFile,
  entry: Entry,
  shown: string,
  damaged: (error: unknown) => never,
): Promise<NpyArray> {
  const stream = await zip.openReadStreamPromise(entry);
  let head = Buffer.alloc(0);
  let start = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    head = Buffer.concat([head, chunk]);
    start = dataStart(head, shown);
    if (start > 0 && head.length >= start) break;
  }
  stream.destroy();
  if (start === 0 || head.length < start)
    throw new NpzError(
      `${shown}: expected a .npy array, got ${entry.uncompressedSize} bytes of something else`,
    );
  const { descr, shape } = parseHeader(head.toString('latin1', 0, start), shown);
  const size = sizeOf(shape);
  const bytes = size * ARRAYS[descr].BYTES_PER_ELEMENT;
  if (entry.uncompressedSize - start !== bytes)
    throw new NpzError(
      `${shown}: shape (${shape.join()}) of ${descr} needs ${bytes} bytes, got ${entry.uncompressedSize - start}; the file is damaged`,
    );
  return {
    dtype: DTYPES[descr],
    shape,
    async *pieces() {
      const { BYTES_PER_ELEMENT } = ARRAYS[descr];
      try {
        const data = checked(await zip.openReadStreamPromise(entry), entry.crc32, shown);
        for await (const piece of inPieces(data, start, bytes)) {
          const values = new ARRAYS[descr](piece, 0, piece.byteLength / BYTES_PER_ELEMENT);
          yield values instanceof Float32Array ? values : Float32Array.from(values);
        }
      } catch (error) {
        damaged(error);
      }
    },
  };
}

/** Where the data begins, 0 while too few bytes are there to tell. */
function dataStart(head: Buffer, shown: string): number {
  if (head.length < 12) return 0;
  const [magic, major] = [head.toString('latin1', 0, 6), head[6]!];
  if (magic !== '\u0093NUMPY' || major < 1 || major > 3)
    throw new NpzError(`${shown}: expected a .npy array, got something else`);
  const start = major === 1 ? 10 + head.readUInt16LE(8) : 12 + head.readUInt32LE(8);
  if (start > MAX_HEADER)
    throw new NpzError(`${shown}: expected a header of at most ${MAX_HEADER} bytes, got ${start}`);
  return start;
}

function parseHeader(header: string, shown: string): { descr: keyof typeof ARRAYS; shape: number[] } {
  const field = (pattern: RegExp): string => pattern.exec(header)?.[1] ?? '';
  const descr = field(/'descr': ?'([^']*)'/);
  if (!Object.hasOwn(ARRAYS, descr))
    throw new NpzError(
      `${shown}: expected little-endian floats (${Object.keys(ARRAYS).join(', ')}), got ${descr || 'another kind of elements'}`,
    );
  const order = field(/'fortran_order': ?(True|False)/);
  if (order !== 'False')
    throw new NpzError(`${shown}: expected rows one after another, got fortran_order ${order || 'unsaid'}`);
  const shape = /'shape': ?\(((?:\d{1,15},? ?)*)\)/.exec(header)?.[1];
  if (shape === undefined) throw new NpzError(`${shown}: expected a shape, got ${header.slice(12, 80)}`);
  return {
    descr: descr as keyof typeof ARRAYS,
    shape: shape
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(Number),
  };
}

/** The chunks of a stream; at its end, whether they are what was archived. */
async function* checked(stream: Readable, expected: number, shown: string): AsyncGenerator<Buffer> {
  let sum = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== expected)
    throw new NpzError(`${shown}: expected bytes of checksum ${expected}, got ${sum}; the file is damaged`);
}

/** `bytes` bytes from `start` on, in buffers of PIECE_BYTES and a last one of the rest. */
async function* inPieces(
  chunks: AsyncIterable<Buffer>,
  start: number,
  bytes: number,
): AsyncGenerator<ArrayBuffer> {
  let left = bytes;
  const next = (): Uint8Array<ArrayBuffer> => new Uint8Array(Math.min(PIECE_BYTES, left));
  let piece = next();
  let [skip, filled] = [start, 0];
  for await (const chunk of chunks) {
    let rest = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - rest.length;
    while (rest.length > 0) {
      const part = rest.subarray(0, piece.length - filled);
      piece.set(part, filled);
      filled += part.length;
      left -= part.length;
      rest = rest.subarray(part.length);
      if (filled < piece.length) continue;
      yield piece.buffer;
      piece = next();
      filled = 0;
    }
  }
}
