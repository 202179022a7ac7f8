import { existsSync } from 'node:fs';
import { NonFiniteError, readTensor, writeTensor, type Gpu, type Tensor } from '@monosema/engine';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../artefacts/safetensors.ts';

/** Milliseconds between checkpoints: what a killed run loses at most. */
export const CHECKPOINT_INTERVAL_MS = 60_000;

/**
 * Writes tensors and the state of a run (JSON) as one file, whole or not at all.
 *
 * @param tensors f32 or u32, by names that the resumed run gives again
 * @throws {NonFiniteError} if one has a number that is none: the last checkpoint is then the last good state
 */
export async function saveCheckpoint(
  gpu: Gpu,
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  state: unknown,
): Promise<void> {
  const data: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of tensors) {
    const read = (await readTensor(gpu, tensor)) as Float32Array<ArrayBuffer>;
    const bad = read.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new NonFiniteError(
        `checkpoint: expected finite numbers in ${name} (${tensor.shape.join(',')}), got ${bad}; the last checkpoint stays`,
        'lower the learning rate',
      );
    }
    data[name] = { shape: tensor.shape, data: read };
  }
  writeSafetensors(path, data, { state: JSON.stringify(state) });
}

/** Puts a checkpoint's tensors back and returns its state, or null where there is none. */
export function loadCheckpoint<State>(
  gpu: Gpu,
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
): State | null {
  if (!existsSync(path)) return null;
  using file = readSafetensors(path);
  for (const [name, tensor] of tensors) {
    const data =
      tensor.dtype === 'u32' ? (file.read(name) as Uint32Array<ArrayBuffer>) : file.readFloat32(name);
    writeTensor(gpu, tensor, data);
  }
  return JSON.parse(file.metadata['state']!) as State;
}

/** Names a set of parameters and their Adam moments for a checkpoint. */
export function momentTensors(
  entries: Iterable<readonly [string, Tensor, { readonly first: Tensor; readonly second: Tensor }]>,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor, { first, second }] of entries) {
    tensors.set(name, tensor);
    tensors.set(`${name}.first`, first);
    tensors.set(`${name}.second`, second);
  }
  return tensors;
}
