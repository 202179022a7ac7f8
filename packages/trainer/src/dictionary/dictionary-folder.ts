import { join } from 'node:path';
import { readTensor, type Gpu, type Tensor } from '@monosema/engine';
import { writeSafetensors } from '../artefacts/safetensors.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { transposeMatrix, uploadDictionary, VECTORS, type Dictionary } from './dictionary.ts';
import { foldDecoderNorms, hasUnitDecoder, inUnitsOfInputs } from './fold.ts';
import { readParameters } from './read-parameters.ts';
import { CONFIG, openSaelens, SPARSITY } from './read-saelens.ts';
import { STORED_AS, type StoredDictionary, type StoredTensor } from './stored-dictionary.ts';
import { writeSaelens } from './write-saelens.ts';

export interface DictionaryFolderOptions {
  /** Factor s that activations were multiplied by in training; folded, so the saved dictionary takes them as they are. */
  readonly scale: number;
  /** (F) share of the last training vectors on which each feature fired. */
  readonly density: Float32Array;
  readonly modelName: string;
  /** TransformerLens's name of the activations, as blocks.0.mlp.hook_post; null where it is not known. */
  readonly hookName: string | null;
  readonly context: number;
  readonly datasetPath: string;
  /** Our own provenance, kept under metadata.monosema. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/**
 * Saves a dictionary as a SAELens directory: `cfg.json`, `sae_weights.safetensors`, `sparsity.safetensors`.
 *
 * Training sees s·x; what is saved takes x, its decoder rows of norm 1 and its activations in the units of x. Rows
 * that training keeps at norm 1 stay as they are, to the bit. A dictionary that chooses over a whole batch is given
 * here by the rule it has at rest, a JumpReLU.
 */
export async function saveDictionary(
  gpu: Gpu,
  folder: string,
  dictionary: Dictionary,
  options: DictionaryFolderOptions,
): Promise<void> {
  const { features } = dictionary;
  const stored = storedOn(gpu, dictionary, options);
  // Where rows have norm 1 it makes no difference, and SAELens's tools fold by themselves only what says so.
  const rescaled = dictionary.rule.kind === 'topk' && (await hasUnitDecoder(stored));
  const folded = await foldDecoderNorms({ ...stored, rescaled });
  await writeSaelens(folder, inUnitsOfInputs(folded, options.scale));
  const sparsity = options.density.map((share) => Math.log10(share + 1e-10)) as Float32Array<ArrayBuffer>;
  writeSafetensors(join(folder, SPARSITY), { sparsity: { shape: [features], data: sparsity } });
}

/** A dictionary on the device as SAELens lays it out; each tensor is read when it is asked for. */
function storedOn(gpu: Gpu, dictionary: Dictionary, options: DictionaryFolderOptions): StoredDictionary {
  const { rule, width, features, preEncoderBias, encoder, decoder, decoderBias, vectors } = dictionary;
  const read = async (tensor: Tensor) => (await readTensor(gpu, tensor)) as Float32Array<ArrayBuffer>;
  const stored = (
    shape: readonly number[],
    whole: () => Promise<Float32Array<ArrayBuffer>>,
  ): StoredTensor => ({
    shape,
    async *pieces() {
      yield await whole();
    },
  });
  return {
    rule,
    width,
    features,
    preEncoderBias,
    rescaled: false,
    normalisation: 'none',
    tensors: {
      W_enc: stored([width, features], async () => transposeMatrix(await read(encoder), features, width)),
      W_dec: stored([features, width], () => read(decoder)),
      b_dec: stored([width], () => read(decoderBias)),
      ...Object.fromEntries(
        VECTORS[rule.kind].map((name) => [STORED_AS[name], stored([features], () => read(vectors[name]!))]),
      ),
    },
    metadata: {
      model_name: options.modelName,
      model_class_name: 'HookedTransformer',
      hook_name: options.hookName,
      context_size: options.context,
      dataset_path: options.datasetPath,
      monosema: options.provenance,
    },
  };
}

/** A dictionary on the device, with what its cfg.json says of where it is from. */
export interface LoadedDictionary {
  readonly dictionary: Dictionary;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Loads a SAELens directory onto the device.
 *
 * @throws {DictionaryFolderError} naming what differs: architecture, normalisation, a tensor or its shape
 * @throws {SafetensorsError} if the weights are malformed
 */
export async function loadDictionary(gpu: Gpu, folder: string, id: string): Promise<LoadedDictionary> {
  using opened = openSaelens(folder);
  const { normalisation, metadata } = opened;
  if (normalisation !== 'none')
    throw new DictionaryFolderError(
      `${join(folder, CONFIG)}: expected normalize_activations "none", got "${normalisation}", which cannot be computed here; retrain the dictionary on inputs as they are`,
    );
  const { shape, rule, values } = await readParameters(opened);
  return { dictionary: { ...uploadDictionary(gpu, id, shape, values), rule }, metadata };
}
