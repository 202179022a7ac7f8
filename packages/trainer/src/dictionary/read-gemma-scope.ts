import { openNpz } from '../artefacts/npz.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import type { OpenDictionary } from './read-saelens.ts';
import { checkTensors, tensorShapes, type StoredShape } from './stored-dictionary.ts';

/** Name that Gemma Scope gives the weights of a dictionary. */
export const GEMMA_SCOPE_WEIGHTS = 'params.npz';

/**
 * Opens the weights of a Gemma Scope dictionary: a JumpReLU whose inputs are encoded as they come, b_dec and all.
 *
 * @throws {DictionaryFolderError} naming the array that is missing, too many, or of another shape: so are its transcoders
 * @throws {NpzError} if the archive is malformed
 */
export async function openGemmaScope(path: string): Promise<OpenDictionary> {
  const file = await openNpz(path);
  try {
    const encoder = file.arrays.get('W_enc')?.shape;
    if (encoder?.length !== 2)
      throw new DictionaryFolderError(
        `${path}: expected an array W_enc of two dimensions, got ${encoder === undefined ? `only ${[...file.arrays.keys()].join(', ')}` : `${encoder.length}`}`,
      );
    const [width, features] = encoder as [number, number];
    const shape: StoredShape = {
      rule: { kind: 'jumprelu' },
      width,
      features,
      preEncoderBias: false,
      rescaled: false,
      normalisation: 'none',
    };
    checkTensors(path, tensorShapes(shape), file.arrays);
    return {
      ...shape,
      tensors: Object.fromEntries(file.arrays),
      metadata: {},
      [Symbol.dispose]: () => file[Symbol.dispose](),
    };
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }
}
