import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTensor, type Gpu } from '@monosema/engine';
import { writeJsonAtomically } from '../artefacts/atomic-file.ts';
import { makeFolder } from '../artefacts/make-folder.ts';
import { sizeOf } from '../artefacts/safetensors-header.ts';
import { SafetensorsWriter, type TensorPlan } from '../artefacts/safetensors-writer.ts';
import { configToHuggingFace } from './hugging-face-config.ts';
import { openModel, type ModelFiles } from './model-files.ts';
import { ModelFolderError } from './model-folder-error.ts';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { uploadParameters, type Parameters } from './training-program.ts';

/** Elements that are copied at a time. */
const PIECE = 1 << 20;

/**
 * Saves a model as Hugging Face does GPT-2: `config.json` and `model.safetensors`. It loads in transformers and
 * TransformerLens as it is. One tensor at a time is in memory.
 *
 * @param endOfText see configToHuggingFace
 */
export async function saveModel(
  gpu: Gpu,
  folder: string,
  config: TransformerConfig,
  parameters: Parameters,
  endOfText: number | null = null,
): Promise<void> {
  makeFolder(folder);
  using writer = startWeights(folder, config);
  for (const [name, tensor] of parameters)
    writer.write(name, (await readTensor(gpu, tensor)) as Float32Array<ArrayBuffer>);
  writer.finish();
  writeJsonAtomically(join(folder, 'config.json'), configToHuggingFace(config, endOfText));
}

/** Loads a model folder onto the device. @throws {ModelFolderError | SafetensorsError} see openModel */
export function loadModel(gpu: Gpu, folder: string): { config: TransformerConfig; parameters: Parameters } {
  using files = openModel(folder);
  return {
    config: files.config,
    parameters: uploadParameters(gpu, files.config, (name) => files.read(name)),
  };
}

/**
 * Copies a model from any folder that openModel reads into the one layout that saveModel writes, a piece at a time,
 * and its `tokenizer.json` along with it where there is one. Numbers of half precision become float32, exactly.
 *
 * @throws {ModelFolderError | SafetensorsError} see openModel; and if a number is not finite, or the token that ends a
 * text is none of the model's
 */
export function copyModel(source: string, folder: string): TransformerConfig {
  using files = openModel(source);
  const { config } = files;
  const endOfText = endOfTextOf(source, files);
  makeFolder(folder);
  using writer = startWeights(folder, config);
  for (const [name, shape] of parameterShapes(config)) {
    const size = sizeOf(shape);
    for (let start = 0; start < size; start += PIECE) {
      const piece = files.read(name, start, Math.min(PIECE, size - start));
      const wrong = piece.find((value) => !Number.isFinite(value));
      if (wrong !== undefined)
        throw new ModelFolderError(
          `${source}: expected finite numbers in ${name}, got ${wrong}; such a model computes nothing`,
        );
      writer.write(name, piece);
    }
  }
  writer.finish();
  const tokenizer = join(source, 'tokenizer.json');
  if (existsSync(tokenizer)) copyFileSync(tokenizer, join(folder, 'tokenizer.json'));
  writeJsonAtomically(join(folder, 'config.json'), configToHuggingFace(config, endOfText));
  return config;
}

/** What a model says ends a text; null where it says nothing. */
function endOfTextOf(source: string, { json, config: { vocabulary } }: ModelFiles): number | null {
  const id = json['eos_token_id'] ?? null;
  if (id === null) return null;
  if (Number.isSafeInteger(id) && Number(id) >= 0 && Number(id) < vocabulary) return Number(id);
  throw new ModelFolderError(
    `${join(source, 'config.json')}: expected a whole number from 0 to ${vocabulary - 1} for "eos_token_id", got ${JSON.stringify(id)}; set it to the id of the token that ends a text, or leave it out`,
  );
}

function startWeights(folder: string, config: TransformerConfig): SafetensorsWriter {
  const plans = [...parameterShapes(config)].map(([name, shape]): [string, TensorPlan] => [
    name,
    { dtype: 'F32', shape },
  ]);
  return new SafetensorsWriter(join(folder, 'model.safetensors'), Object.fromEntries(plans), {
    format: 'pt',
  });
}
