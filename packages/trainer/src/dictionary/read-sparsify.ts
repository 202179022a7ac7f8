import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonObject } from '../artefacts/json-object.ts';
import { readSafetensors, type SafetensorsFile } from '../artefacts/safetensors.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { CONFIG, type OpenDictionary } from './read-saelens.ts';
import { checkTensors, storedIn, type StoredTensor } from './stored-dictionary.ts';

/** Name of the weights that EleutherAI's sparsify writes beside cfg.json. */
export const SPARSIFY_WEIGHTS = 'sae.safetensors';

/**
 * Opens a folder of EleutherAI's sparsify: a TopK dictionary over inputs less b_dec, its encoder stored features first.
 *
 * @throws {DictionaryFolderError} for what is no such dictionary: transcoders, GroupMax, a skip connection; or naming
 * the key or the tensor that is not as it should be
 * @throws {SafetensorsError} if the weights are malformed
 */
export function openSparsify(folder: string): OpenDictionary {
  const path = join(folder, CONFIG);
  const fail = (expected: string, got: unknown): never => {
    throw new DictionaryFolderError(`${path}: expected ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`);
  };
  const json = readJsonObject(path, (got) => {
    throw new DictionaryFolderError(`${path}: expected the configuration of a dictionary, got ${got}`);
  });
  const size = (key: string, value: unknown): number =>
    Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : fail(`a positive whole number for "${key}"`, value);
  // Old releases could choose by magnitude, sign and all.
  const onlyKind = { activation: 'topk', transcode: false, skip_connection: false, signed: false };
  for (const [key, value] of Object.entries(onlyKind)) {
    const found = json[key] ?? value;
    if (found !== value) fail(`"${key}" of ${JSON.stringify(value)}, the only kind that is read here`, found);
  }
  const width = size('d_in', json['d_in']);
  const k = size('k', json['k']);
  // 0 is sparsify's way of leaving the number to the expansion factor.
  const features =
    (json['num_latents'] ?? 0) === 0
      ? width * size('expansion_factor', json['expansion_factor'])
      : size('num_latents', json['num_latents']);
  if (k > features) fail(`a "k" of at most the ${features} features`, k);
  const weights = join(folder, SPARSIFY_WEIGHTS);
  if (!existsSync(weights))
    throw new DictionaryFolderError(
      `${folder}: expected ${SPARSIFY_WEIGHTS} beside ${CONFIG}, got no such file`,
    );
  const file = readSafetensors(weights);
  try {
    const expected = {
      'encoder.weight': [features, width],
      'encoder.bias': [features],
      W_dec: [features, width],
      b_dec: [width],
    };
    checkTensors(weights, new Map(Object.entries(expected)), file.tensors);
    return {
      rule: { kind: 'topk', k },
      width,
      features,
      preEncoderBias: true,
      rescaled: false,
      normalisation: 'none',
      tensors: {
        W_enc: transposed(file, 'encoder.weight'),
        W_dec: storedIn(file, 'W_dec'),
        b_enc: storedIn(file, 'encoder.bias'),
        b_dec: storedIn(file, 'b_dec'),
      },
      metadata: {},
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Elements of a block of the transposed matrix that is in memory at a time. */
const BLOCK = 1 << 26;
/** Elements that are read of the file at a time. */
const READ = 1 << 20;

/** A matrix of a file, read by columns: the file is passed over once for every block of them. */
function transposed(file: SafetensorsFile, name: string): StoredTensor {
  const [rows, columns] = file.info(name).shape as [number, number];
  return {
    shape: [columns, rows],
    async *pieces() {
      const perBlock = Math.max(1, Math.floor(BLOCK / rows));
      const perRead = Math.max(1, Math.floor(READ / columns));
      for (let first = 0; first < columns; first += perBlock) {
        const width = Math.min(perBlock, columns - first);
        const block = new Float32Array(width * rows);
        for (let start = 0; start < rows; start += perRead) {
          const count = Math.min(perRead, rows - start);
          const piece = file.readFloat32(name, start * columns, count * columns);
          for (let r = 0; r < count; r++)
            for (let c = 0; c < width; c++) block[c * rows + start + r] = piece[r * columns + first + c]!;
        }
        yield block;
      }
    },
  };
}
