import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonObject } from '../artefacts/json-object.ts';
import { readSafetensors, type SafetensorsFile } from '../artefacts/safetensors.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { foldScale } from './fold.ts';
import { BY_SCALE, configFromSaelens, type SaelensConfig } from './saelens-config.ts';
import { checkTensors, storedIn, tensorShapes, type StoredDictionary } from './stored-dictionary.ts';

/** Names of the files of a SAELens directory. */
export const CONFIG = 'cfg.json';
export const WEIGHTS = 'sae_weights.safetensors';
export const SPARSITY = 'sparsity.safetensors';
const SCALER = 'activation_scaler.json';

/** A dictionary whose files are open. */
export type OpenDictionary = StoredDictionary & Disposable;

/**
 * Opens a directory of SAELens 6, published or a trainer's checkpoint. A checkpoint's activation scale is folded.
 *
 * @throws {DictionaryFolderError} naming the key or the tensor that is not as it should be
 * @throws {SafetensorsError} if the weights are malformed
 */
export function openSaelens(folder: string): OpenDictionary {
  const path = join(folder, CONFIG);
  const json = readJsonObject(path, (got) => {
    throw new DictionaryFolderError(`${path}: expected the configuration of a dictionary, got ${got}`);
  });
  const config = configFromSaelens(json, path);
  const scale = scaleOf(folder, config);
  const weights = join(folder, WEIGHTS);
  if (!existsSync(weights))
    throw new DictionaryFolderError(`${folder}: expected ${WEIGHTS} beside ${CONFIG}, got no such file`);
  const file = readSafetensors(weights);
  try {
    const expected = tensorShapes(config);
    const found = new Map(file.tensors);
    if (isOldScalingFactor(file, config.features)) found.delete('scaling_factor');
    checkTensors(weights, expected, found);
    const tensors = Object.fromEntries([...expected.keys()].map((name) => [name, storedIn(file, name)]));
    const normalisation = config.normalisation === BY_SCALE ? 'none' : config.normalisation;
    const stored = { ...config, normalisation, tensors };
    return {
      ...(scale === null ? stored : foldScale(stored, scale)),
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** The one number by which a checkpoint's inputs are scaled; null where there is none. */
function scaleOf(folder: string, { normalisation }: SaelensConfig): number | null {
  if (normalisation !== BY_SCALE) return null;
  const path = join(folder, SCALER);
  const fail = (got: string): never => {
    throw new DictionaryFolderError(
      `${path}: expected the "scaling_factor" that normalize_activations ${BY_SCALE} asks for, got ${got}; fold the scale with SAELens before publishing`,
    );
  };
  const scale = readJsonObject(path, fail)['scaling_factor'];
  return typeof scale === 'number' && scale > 0 ? scale : fail(JSON.stringify(scale) ?? 'nothing');
}

/** SAELens before version 6 kept a factor for every feature; the ones that are still there are all 1 and mean nothing. */
function isOldScalingFactor(file: SafetensorsFile, features: number): boolean {
  const info = file.tensors.get('scaling_factor');
  if (info === undefined || info.shape.join() !== String(features)) return false;
  return file.readFloat32('scaling_factor').every((factor) => factor === 1);
}
