import { join } from 'node:path';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import { makeFolder } from '../artefacts/make-folder.ts';
import { SafetensorsWriter, type TensorPlan } from '../artefacts/safetensors-writer.ts';
import { CONFIG, WEIGHTS } from './read-saelens.ts';
import { configToSaelens } from './saelens-config.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { tensorShapes, type StoredDictionary, type StoredName } from './stored-dictionary.ts';

/**
 * Writes `cfg.json` and `sae_weights.safetensors` of a SAELens directory, in float32, a piece at a time.
 *
 * @throws {DictionaryFolderError} if a weight is not a finite number: such a dictionary computes nothing
 */
export async function writeSaelens(folder: string, stored: StoredDictionary): Promise<void> {
  makeFolder(folder);
  const shapes = tensorShapes(stored);
  const plans = [...shapes].map(([name, shape]): [string, TensorPlan] => [name, { dtype: 'F32', shape }]);
  using writer = new SafetensorsWriter(join(folder, WEIGHTS), Object.fromEntries(plans));
  for (const name of shapes.keys()) {
    for await (const piece of stored.tensors[name]!.pieces()) {
      checkFinite(folder, name, piece);
      writer.write(name, piece);
    }
  }
  writer.finish();
  writeJsonAtomically(join(folder, CONFIG), configToSaelens(stored));
}

function checkFinite(folder: string, name: StoredName, piece: Float32Array): void {
  const wrong = piece.find((value) => !Number.isFinite(value));
  if (wrong !== undefined)
    throw new DictionaryFolderError(
      `${folder}: expected finite numbers in ${name}, got ${wrong}; nothing was written`,
    );
}
