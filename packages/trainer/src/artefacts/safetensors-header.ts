/**
 * The header of a safetensors file: 8 bytes of length (little-endian), that many bytes of JSON padded with
 * spaces, then the tensors back to back. A file may come from anywhere, so nothing in it is believed: the
 * tensors must tile the data exactly, which also rules out overlaps and holes.
 */

/** A file is not a well-formed safetensors file, or does not hold what was asked of it, or cannot be written. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
}

/** Bytes of one element, by the format's name of its type. */
export const BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof BYTES;

/** Where one tensor lies: `start` and `end` are byte offsets from the beginning of the data, `end` excluded. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/** The reference implementation's bound; a larger header is an attack or another format. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Number of elements of a tensor of this shape; 1 for a scalar. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const shown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}...` : json;
};

/**
 * Reads and checks the JSON of a header; `dataBytes` is the number of bytes that follow it in the file.
 *
 * @throws {SafetensorsError} one sentence, beginning with `path`, on anything malformed
 */
export function parseHeader(path: string, json: Uint8Array, dataBytes: number): Header {
  const fail = (what: string): never => {
    throw new SafetensorsError(`${path}: ${what}; the file is damaged or not safetensors`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json));
  } catch {
    fail('expected a header of JSON text, got something else');
  }
  if (!isRecord(parsed)) return fail(`expected a header of tensors by name, got ${shown(parsed)}`);

  const { __metadata__: metadata = {}, ...entries } = parsed;
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string'))
    return fail(`expected __metadata__ to map strings to strings, got ${shown(metadata)}`);

  const tensors = Object.entries(entries).map(([name, entry]): TensorInfo => {
    const tensor = `tensor ${shown(name)}`;
    if (!isRecord(entry))
      return fail(`${tensor}: expected dtype, shape and data_offsets, got ${shown(entry)}`);
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype))
      return fail(`${tensor}: expected a dtype among ${Object.keys(BYTES).join(', ')}, got ${shown(dtype)}`);
    if (!Array.isArray(shape) || !shape.every(isIndex))
      return fail(`${tensor}: expected a shape of non-negative integers, got ${shown(shape)}`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isIndex))
      return fail(`${tensor}: expected data_offsets [begin, end], got ${shown(offsets)}`);
    const [start = 0, end = 0] = offsets;
    if (start > end || end > dataBytes)
      return fail(
        `${tensor}: expected offsets in order within ${dataBytes} bytes of data, got [${start}, ${end}]`,
      );
    const needed = sizeOf(shape) * BYTES[dtype as Dtype];
    if (needed !== end - start)
      return fail(
        `${tensor}: shape [${shape.join()}] of ${dtype} needs ${needed} bytes, but its offsets hold ${end - start}`,
      );
    return { name, dtype: dtype as Dtype, shape, start, end };
  });

  let covered = 0;
  for (const { name, start, end } of tensors.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered)
      fail(
        `tensor ${shown(name)}: expected its data to begin at byte ${covered}, where the previous tensor ends, got ${start}`,
      );
    covered = end;
  }
  if (covered !== dataBytes)
    fail(`the tensors cover ${covered} bytes of data, but the file holds ${dataBytes}`);
  return {
    metadata: metadata as Record<string, string>,
    tensors: new Map(tensors.map((info) => [info.name, info])),
  };
}

/** The length and JSON that open a file, padded with spaces to a multiple of 8 bytes, and to `atLeast` bytes. */
export function encodeHeader(
  tensors: readonly TensorInfo[],
  metadata: Readonly<Record<string, string>>,
  atLeast = 0,
): Uint8Array {
  const entries = tensors.map(({ name, dtype, shape, start, end }): [string, unknown] => [
    name,
    { dtype, shape, data_offsets: [start, end] },
  ]);
  const json = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries]));
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(Math.max(Math.ceil((8 + text.length) / 8) * 8, atLeast)).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(text, 8);
  return bytes;
}
