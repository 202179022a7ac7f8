/**
 * One checkpoint on disk: a safetensors file that ends in a SHA-256 of everything else it holds, so that a bit that
 * flipped or a tail that is missing cannot pass for a state of training.
 */
import { createHash } from 'node:crypto';
import { readSafetensors, SafetensorsError, type SafetensorsFile, type TensorData } from './safetensors.ts';
import { dtypeOf, SafetensorsWriter, type TensorPlan } from './safetensors-writer.ts';

/** Name of the tensor (32) of bytes that holds the checksum; of the narrowest type, it is the last in the file. */
const CHECKSUM = 'checksum';
/** Elements read or written at once, so that a tensor is never whole in memory. */
export const PIECE_ELEMENTS = 1 << 22;

/** Elements that a checkpoint holds, row-major; `read` is asked for one piece after another. */
export interface HeldElements extends TensorPlan {
  readonly dtype: 'F32' | 'U32';
  readonly read: (start: number, count: number) => TensorData | Promise<TensorData>;
}

/**
 * Writes a checkpoint whole or not at all.
 *
 * @param state what is no tensor, as JSON
 * @throws {SafetensorsError} if the disk is full, and whatever `read` throws; what was at the path then stays
 */
export async function writeCheckpointFile(
  path: string,
  tensors: ReadonlyMap<string, HeldElements>,
  state: string,
): Promise<void> {
  const plans: Record<string, TensorPlan> = { [CHECKSUM]: { dtype: 'U8', shape: [32] } };
  for (const [name, { dtype, shape }] of tensors) plans[name] = { dtype, shape };
  const hash = createHash('sha256').update(state);
  using writer = new SafetensorsWriter(path, plans, { state });
  for (const name of [...tensors.keys()].toSorted()) {
    const { dtype, shape, read } = tensors.get(name)!;
    hash.update(headingOf(name, dtype, shape));
    for (const [start, count] of pieces(shape)) {
      const data = await read(start, count);
      if (dtypeOf(data) !== dtype || data.length !== count)
        throw new RangeError(`internal: ${data.length} elements of ${name}, where ${count} were asked for`);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      writer.write(name, data);
    }
  }
  writer.write(CHECKSUM, Uint8Array.from(hash.digest()));
  writer.finish();
}

/** What is wrong with a checkpoint, in a few words, or null where it is as it was written. The whole file is read. */
export function faultOf(path: string): string | null {
  try {
    using file = readSafetensors(path);
    if (file.tensors.get(CHECKSUM)?.dtype !== 'U8' || file.metadata['state'] === undefined)
      return 'it has no checksum or no state';
    return checksumOf(file).equals(file.read(CHECKSUM) as Uint8Array)
      ? null
      : 'its checksum is not that of what it holds';
  } catch (error) {
    if (error instanceof SafetensorsError) return error.message.replace(`${path}: `, '');
    throw error;
  }
}

/** Names of what a checkpoint holds, the checksum left out. */
export function heldNames(file: SafetensorsFile): string[] {
  return [...file.tensors.keys()].filter((name) => name !== CHECKSUM).toSorted();
}

function checksumOf(file: SafetensorsFile): Buffer {
  const hash = createHash('sha256').update(file.metadata['state']!);
  for (const name of heldNames(file)) {
    const { dtype, shape } = file.info(name);
    hash.update(headingOf(name, dtype, shape));
    for (const [start, count] of pieces(shape)) {
      const data = file.read(name, start, count);
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  }
  return hash.digest();
}

function headingOf(name: string, dtype: string, shape: readonly number[]): string {
  return JSON.stringify([name, dtype, shape]);
}

/** Where each piece of a tensor begins, and how long it is. */
export function* pieces(shape: readonly number[]): Generator<[start: number, count: number]> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  for (let start = 0; start < size; start += PIECE_ELEMENTS)
    yield [start, Math.min(PIECE_ELEMENTS, size - start)];
}
