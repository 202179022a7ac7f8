import { join } from 'node:path';
import { readJsonObject } from '../artefacts/json-object.ts';
import type { ImportedSizes } from '../config/imported-model.ts';
import { configFromHuggingFace } from './hugging-face-config.ts';
import { ModelFolderError } from './model-folder-error.ts';

/**
 * What the `config.json` of a model's folder says of its sizes.
 *
 * @throws {ModelFolderError} see configFromHuggingFace
 */
export function importedSizes(folder: string): ImportedSizes {
  const path = join(folder, 'config.json');
  const json = readJsonObject(path, (got) => {
    throw new ModelFolderError(`${path}: expected the configuration of a GPT-2 model, got ${got}`);
  });
  const { layers, dModel, heads, dMlp, activation, context } = configFromHuggingFace(json, path);
  return { layers, dModel, heads, dMlp, activation, positions: context };
}
