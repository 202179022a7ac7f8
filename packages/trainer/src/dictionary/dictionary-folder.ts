import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTensor, type Gpu, type Tensor } from '@monosema/engine';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import { readSafetensors, writeSafetensors } from '../artefacts/safetensors.ts';
import { transposeMatrix, uploadDictionary, type Dictionary } from './dictionary.ts';

/** A dictionary folder cannot be read. */
export class DictionaryFolderError extends Error {
  override name = 'DictionaryFolderError';
}

/** The SAELens release whose directory format is written. */
const SAELENS_VERSION = '6.18.0';

export interface DictionaryFolderOptions {
  /** Factor s that activations were multiplied by in training; folded into the biases, so the saved dictionary takes them as they are. */
  readonly scale: number;
  /** (F) share of the last training vectors on which each feature fired. */
  readonly density: Float32Array;
  readonly modelName: string;
  readonly layer: number;
  readonly context: number;
  readonly datasetPath: string;
  /** Our own provenance, kept under metadata.monosema. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

/**
 * Saves a standard dictionary as a SAELens directory: `cfg.json`, `sae_weights.safetensors`, `sparsity.safetensors`.
 *
 * Training sees s·x. Dividing both biases by s gives the same dictionary for x: its decoder rows keep norm 1, and
 * its activations are 1/s of those in training, in the units of x.
 */
export async function saveDictionary(
  gpu: Gpu,
  folder: string,
  dictionary: Dictionary,
  options: DictionaryFolderOptions,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { width, features } = dictionary;
  const unscaled = async (tensor: Tensor) =>
    (await readTensor(gpu, tensor)).map((value) => value / options.scale);
  writeSafetensors(join(folder, 'sae_weights.safetensors'), {
    W_enc: {
      shape: [width, features],
      data: transposeMatrix(await readTensor(gpu, dictionary.encoder), features, width),
    },
    b_enc: {
      shape: [features],
      data: (await unscaled(dictionary.vectors.encoderBias!)) as Float32Array<ArrayBuffer>,
    },
    W_dec: {
      shape: [features, width],
      data: (await readTensor(gpu, dictionary.decoder)) as Float32Array<ArrayBuffer>,
    },
    b_dec: { shape: [width], data: (await unscaled(dictionary.decoderBias)) as Float32Array<ArrayBuffer> },
  });
  const sparsity = options.density.map((share) => Math.log10(share + 1e-10)) as Float32Array<ArrayBuffer>;
  writeSafetensors(join(folder, 'sparsity.safetensors'), { sparsity: { shape: [features], data: sparsity } });
  const cfg = {
    architecture: 'standard',
    d_in: width,
    d_sae: features,
    dtype: 'float32',
    device: 'cpu',
    apply_b_dec_to_input: true,
    normalize_activations: 'none',
    reshape_activations: 'none',
    metadata: {
      sae_lens_version: SAELENS_VERSION,
      sae_lens_training_version: SAELENS_VERSION,
      model_name: options.modelName,
      model_class_name: 'HookedTransformer',
      hook_name: `blocks.${options.layer}.mlp.hook_post`,
      hook_head_index: null,
      model_from_pretrained_kwargs: {},
      prepend_bos: false,
      exclude_special_tokens: false,
      sequence_separator_token: null,
      context_size: options.context,
      seqpos_slice: [null],
      dataset_path: options.datasetPath,
      neuronpedia_id: null,
      monosema: options.provenance,
    },
  };
  writeJsonAtomically(join(folder, 'cfg.json'), cfg);
}

/** A dictionary on the device, with what its cfg.json says. */
export interface LoadedDictionary {
  readonly dictionary: Dictionary;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Loads a SAELens directory of the standard architecture onto the device.
 *
 * @throws {DictionaryFolderError} naming what differs: architecture, normalisation, a tensor or its shape
 */
export function loadDictionary(gpu: Gpu, folder: string, id: string): LoadedDictionary {
  const path = join(folder, 'cfg.json');
  const cfg = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const expected = { architecture: 'standard', apply_b_dec_to_input: true, normalize_activations: 'none' };
  for (const [key, value] of Object.entries(expected)) {
    if (cfg[key] !== value) {
      throw new DictionaryFolderError(
        `${path}: expected ${key} ${JSON.stringify(value)}, got ${JSON.stringify(cfg[key])}; other kinds cannot be read yet`,
      );
    }
  }
  const [width, features] = [cfg['d_in'], cfg['d_sae']] as [number, number];
  using file = readSafetensors(join(folder, 'sae_weights.safetensors'));
  const shapes = { W_enc: [width, features], b_enc: [features], W_dec: [features, width], b_dec: [width] };
  for (const name of file.tensors.keys()) {
    if (!Object.hasOwn(shapes, name))
      throw new DictionaryFolderError(
        `${file.path}: expected ${Object.keys(shapes).join(', ')}, got also ${name}`,
      );
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const found = file.info(name).shape;
    if (found.join() !== shape.join()) {
      throw new DictionaryFolderError(
        `${file.path}: expected ${name} of shape (${shape.join()}), got (${found.join()})`,
      );
    }
  }
  const parameters = uploadDictionary(
    gpu,
    id,
    { width, features, preEncoderBias: true },
    {
      encoder: transposeMatrix(file.readFloat32('W_enc'), width, features),
      decoder: file.readFloat32('W_dec'),
      decoderBias: file.readFloat32('b_dec'),
      vectors: { encoderBias: file.readFloat32('b_enc') },
    },
  );
  return {
    dictionary: { ...parameters, rule: { kind: 'standard' } },
    metadata: (cfg['metadata'] ?? {}) as Record<string, unknown>,
  };
}
