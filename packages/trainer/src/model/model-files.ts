import { join } from 'node:path';
import { describeShape } from '@monosema/engine';
import { readJsonObject } from '../artefacts/json-object.ts';
import { sizeOf } from '../artefacts/safetensors-header.ts';
import { describeLayers } from './describe-layers.ts';
import { configFromHuggingFace } from './hugging-face-config.ts';
import { ModelFolderError } from './model-folder-error.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { WeightFiles } from './weight-files.ts';

/** Elements that are compared at a time. */
const PIECE = 1 << 20;

/** A model in Hugging Face's layout of GPT-2, its tensors still on disk and known to be all there and well-formed. */
export interface ModelFiles extends Disposable {
  readonly config: TransformerConfig;
  /** `config.json` as it stands. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Elements of a parameter, by its name in parameterShapes; all of them by default. */
  read(name: string, start?: number, count?: number): Float32Array<ArrayBuffer>;
}

/**
 * Opens a folder of `config.json` and weights, in one file or in several, with the names of a GPT2LMHeadModel or of a
 * bare GPT2Model (without `transformer.`), in any floating-point type. Attention masks that older checkpoints carry
 * are passed over, and so is an unembedding that repeats the token table it is tied to.
 *
 * @throws {ModelFolderError} naming the key or the tensor that is missing, too many, or of another shape or type
 * @throws {SafetensorsError} if a file is malformed
 */
export function openModel(folder: string): ModelFiles {
  const path = join(folder, 'config.json');
  const json = readJsonObject(path, (got) => {
    throw new ModelFolderError(`${path}: expected the configuration of a GPT-2 model, got ${got}`);
  });
  const config = configFromHuggingFace(json, path);
  const weights = WeightFiles.open(folder);
  try {
    const storedAs = checkTensors(config, weights);
    return {
      config,
      json,
      read: (name, start, count) => weights.read(storedAs(name), start, count),
      [Symbol.dispose]: () => weights[Symbol.dispose](),
    };
  } catch (error) {
    weights[Symbol.dispose]();
    throw error;
  }
}

/** @returns the stored name of a parameter */
function checkTensors(config: TransformerConfig, weights: WeightFiles): (name: string) => string {
  const fail = (sentence: string): never => {
    throw new ModelFolderError(`${weights.path}: ${sentence}`);
  };
  const bare = weights.has('wte.weight') && !weights.has('transformer.wte.weight');
  const storedAs = (name: string): string => (bare ? name.replace(/^transformer\./, '') : name);
  // Before anything is made for every layer: the number of layers may be absurd.
  for (let layer = 0; layer < config.layers; layer++) {
    const first = storedAs(`transformer.h.${layer}.ln_1.weight`);
    if (!weights.has(first))
      fail(`expected ${describeLayers(config.layers)} as config.json says, got no tensor ${first}`);
  }
  const shapes = parameterShapes(config);
  for (const [name, shape] of shapes) {
    const stored = storedAs(name);
    if (!weights.has(stored)) fail(`expected a tensor ${stored} of shape ${describeShape(shape)}, got none`);
    const { shape: found, dtype } = weights.info(stored);
    if (found.join() !== shape.join())
      fail(
        `expected ${stored} of shape ${describeShape(shape)} as config.json says, got ${describeShape(found)}`,
      );
    if (!/^B?F\d/.test(dtype)) fail(`expected ${stored} to hold floats, got ${dtype}`);
  }
  const known = new Set([...shapes.keys()].map(storedAs));
  const masks = new RegExp(
    `^${storedAs('transformer.').replace('.', '\\.')}h\\.\\d+\\.attn\\.(masked_)?bias$`,
  );
  const extra = weights.names.find(
    (name) => !known.has(name) && !masks.test(name) && name !== 'lm_head.weight',
  );
  if (extra !== undefined)
    fail(
      `expected the tensors of a GPT-2 of ${describeLayers(config.layers)}, got also ${extra} of shape ${describeShape(weights.info(extra).shape)}`,
    );
  if (config.tied && weights.has('lm_head.weight'))
    checkTied(weights, storedAs('transformer.wte.weight'), fail);
  return storedAs;
}

/** transformers would load the token table for both; a file that says otherwise is not what it would compute. */
function checkTied(weights: WeightFiles, table: string, fail: (sentence: string) => never): void {
  const { shape } = weights.info(table);
  const differ = 'expected lm_head.weight to repeat wte.weight, as config.json ties them';
  if (weights.info('lm_head.weight').shape.join() !== shape.join())
    fail(`${differ}, got shape ${describeShape(weights.info('lm_head.weight').shape)}`);
  const size = sizeOf(shape);
  for (let start = 0; start < size; start += PIECE) {
    const count = Math.min(PIECE, size - start);
    const other = weights.read('lm_head.weight', start, count);
    if (weights.read(table, start, count).some((value, i) => value !== other[i]))
      fail(`${differ}, got other numbers; set tie_word_embeddings to false if they are meant`);
  }
}
