import { readTensor, type Gpu, type Tensor } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import { GoldenFileError } from './metadata.ts';

/** How far one tensor is from its golden value. */
export interface GoldenError {
  readonly tensor: string;
  /** Largest absolute difference over the largest absolute reference; infinite where a value is not finite. */
  readonly error: number;
}

/** A tolerance that any order of float32 summation meets; PyTorch in float32 is within 4e-6 of the files. */
export const GOLDEN_TOLERANCE = 1e-4;

/**
 * Compares with the tensor of the same name in the file.
 *
 * @throws {GoldenFileError} if it has another number of elements; {SafetensorsError} if there is none of that name
 */
export function compareValues(file: SafetensorsFile, tensor: string, got: ArrayLike<number>): GoldenError {
  const want = file.readFloat32(tensor);
  if (got.length !== want.length) {
    throw new GoldenFileError(
      `${file.path}: expected ${tensor} to hold ${got.length} numbers, got ${want.length} in shape (${file.info(tensor).shape.join()})`,
    );
  }
  return compareWith(want, tensor, got);
}

/** Compares with values of as many elements. */
export function compareWith(want: ArrayLike<number>, tensor: string, got: ArrayLike<number>): GoldenError {
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < want.length; i++) {
    const d = Math.abs(got[i]! - want[i]!);
    if (!(d <= Number.MAX_VALUE)) return { tensor, error: Infinity };
    difference = Math.max(difference, d);
    largest = Math.max(largest, Math.abs(want[i]!));
  }
  if (difference === 0) return { tensor, error: 0 };
  return { tensor, error: difference / largest };
}

export async function compareTensor(
  gpu: Gpu,
  file: SafetensorsFile,
  name: string,
  tensor: Tensor,
): Promise<GoldenError> {
  return compareValues(file, name, await readTensor(gpu, tensor));
}
