import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACTIVATIONS, readTensor, type Activation, type Gpu } from '@monosema/engine';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../artefacts/safetensors.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { uploadParameters, type Parameters } from './training-program.ts';

/** A model folder cannot be read. */
export class ModelFolderError extends Error {
  override name = 'ModelFolderError';
}

/**
 * Saves a model as Hugging Face does GPT-2: `config.json` and `model.safetensors`. It loads in transformers and
 * TransformerLens as it is.
 */
export async function saveModel(
  gpu: Gpu,
  folder: string,
  config: TransformerConfig,
  parameters: Parameters,
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, tensor] of parameters) {
    tensors[name] = {
      shape: tensor.shape,
      data: (await readTensor(gpu, tensor)) as Float32Array<ArrayBuffer>,
    };
  }
  writeSafetensors(join(folder, 'model.safetensors'), tensors, { format: 'pt' });
  const huggingFace = {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_layer: config.layers,
    n_embd: config.dModel,
    n_head: config.heads,
    n_inner: config.dMlp,
    n_positions: config.context,
    n_ctx: config.context,
    vocab_size: config.vocabulary,
    activation_function: config.activation,
    layer_norm_epsilon: config.layerNormEpsilon,
    tie_word_embeddings: config.tied,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    torch_dtype: 'float32',
  };
  writeJsonAtomically(join(folder, 'config.json'), huggingFace);
}

/**
 * Loads a model folder onto the device.
 *
 * @throws {ModelFolderError} if a key is missing, an activation unknown, or a tensor missing or of another shape
 */
export function loadModel(gpu: Gpu, folder: string): { config: TransformerConfig; parameters: Parameters } {
  const config = readConfig(folder);
  using file = readSafetensors(join(folder, 'model.safetensors'));
  for (const [name, shape] of parameterShapes(config)) {
    const found = file.info(name).shape;
    if (found.join() !== shape.join()) {
      throw new ModelFolderError(
        `${folder}: expected ${name} of shape (${shape.join()}) as config.json says, got (${found.join()})`,
      );
    }
  }
  return { config, parameters: uploadParameters(gpu, config, (name) => file.readFloat32(name)) };
}

function readConfig(folder: string): TransformerConfig {
  const path = join(folder, 'config.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  const number = (key: string): number => {
    const value = json[key];
    if (typeof value !== 'number')
      throw new ModelFolderError(`${path}: expected a number for "${key}", got ${JSON.stringify(value)}`);
    return value;
  };
  const activation = json['activation_function'];
  if (!(ACTIVATIONS as readonly unknown[]).includes(activation)) {
    throw new ModelFolderError(
      `${path}: expected an activation_function of ${ACTIVATIONS.join(', ')}, got ${JSON.stringify(activation)}`,
    );
  }
  return {
    layers: number('n_layer'),
    dModel: number('n_embd'),
    heads: number('n_head'),
    dMlp: json['n_inner'] === null ? 4 * number('n_embd') : number('n_inner'),
    context: number('n_positions'),
    vocabulary: number('vocab_size'),
    activation: activation as Activation,
    layerNormEpsilon: number('layer_norm_epsilon'),
    tied: json['tie_word_embeddings'] !== false,
  };
}
