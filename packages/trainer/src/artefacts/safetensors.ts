import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SafetensorsFile, type TensorData } from './safetensors-file.ts';
import { SafetensorsError, sizeOf, type TensorInfo } from './safetensors-header.ts';
import { dtypeOf, SafetensorsWriter } from './safetensors-writer.ts';

export { SafetensorsError, SafetensorsFile, type TensorData, type TensorInfo };

/** What `writeSafetensors` takes: row-major data whose array type decides the dtype in the file. */
export interface TensorToWrite {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

// One system call moves at most 2 GiB.
const LARGEST_TRANSFER = 1 << 30;

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
    return SafetensorsFile.open(path, {
      size: fstatSync(file).size,
      read: (into, position) => readFully(file, into, position, path),
      close: () => closeSync(file),
    });
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
