import { SafetensorsFile } from '../artefacts/safetensors-file.ts';
import { SafetensorsError } from '../artefacts/safetensors-header.ts';
import { DictionaryFolderError } from '../dictionary/dictionary-folder-error.ts';
import { readParameters, type ReadDictionary } from '../dictionary/read-parameters.ts';
import { configFromSaelens } from '../dictionary/saelens-config.ts';
import { checkTensors, storedIn, tensorShapes } from '../dictionary/stored-dictionary.ts';
import { configFromHuggingFace } from '../model/hugging-face-config.ts';
import { parameterShapes } from '../model/parameters.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import type { PlainModel } from './plain-pass.ts';

/** A configuration and the weights that it is about, as files have them. */
export interface WeightBytes {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Of a safetensors file. */
  readonly weights: Uint8Array;
}

/**
 * A model in memory, from what saveModel wrote.
 *
 * @throws {SafetensorsError | DictionaryFolderError | ModelFolderError} naming what is missing or of another shape
 */
export function readModel({ name, config: json, weights }: WeightBytes, site: Site): PlainModel {
  const config = configFromHuggingFace(json, name);
  const file = SafetensorsFile.ofBytes(name, weights);
  checkTensors(name, parameterShapes(config), file.tensors);
  const read = new Map([...file.tensors.keys()].map((key) => [key, file.readFloat32(key)]));
  if (site.layer >= config.layers)
    throw new SafetensorsError(
      `${name}: expected a model of more than ${site.layer} layers, got ${config.layers}`,
    );
  return { config, site, weights: (key) => read.get(key)! };
}

/**
 * A dictionary in memory, from what saveDictionary wrote.
 *
 * @param width of the activations that it takes apart
 * @throws {SafetensorsError | DictionaryFolderError} naming what is missing or of another shape
 */
export async function readDictionary(
  { name, config: json, weights }: WeightBytes,
  model: PlainModel,
): Promise<ReadDictionary> {
  const { normalisation, ...config } = configFromSaelens(json, name);
  const width = siteWidth(model.config, model.site);
  if (normalisation !== 'none' || config.width !== width)
    throw new DictionaryFolderError(
      `${name}: expected a dictionary of vectors of ${width} numbers as they are, got one of ${config.width} under "${normalisation}"`,
    );
  const file = SafetensorsFile.ofBytes(name, weights);
  const expected = tensorShapes(config);
  checkTensors(name, expected, file.tensors);
  const tensors = Object.fromEntries([...expected.keys()].map((key) => [key, storedIn(file, key)]));
  return readParameters({ ...config, normalisation: 'none', tensors });
}
