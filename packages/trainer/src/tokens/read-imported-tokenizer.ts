import { join } from 'node:path';
import { readJsonObject } from '../artefacts/json-object.ts';
import { ImportedTokenizer, noTokenizer, type ModelVocabulary } from './imported-tokenizer.ts';
import { TokenizerError } from './tokenizer.ts';

/** What transformers takes a missing eos_token_id of a GPT-2 to be. */
const GPT2_END_OF_TEXT = 50_256;

/**
 * Reads what the `config.json` of an imported model says of its tokens.
 *
 * @throws {TokenizerError} naming the key
 */
export function modelVocabulary(folder: string): ModelVocabulary {
  const path = join(folder, 'config.json');
  const json = readJsonObject(path, (got) => {
    throw new TokenizerError(`${path}: expected the configuration of a model, got ${got}`);
  });
  const number = (key: string, below: number, fallback?: number): number => {
    const value = json[key] ?? fallback;
    if (Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) < below) return Number(value);
    throw new TokenizerError(
      `${path}: expected a whole number from 0 to ${below - 1} for "${key}", got ${JSON.stringify(json[key]) ?? 'nothing'}`,
    );
  };
  const size = number('vocab_size', 2 ** 24);
  return { size, endOfText: number('eos_token_id', size, GPT2_END_OF_TEXT) };
}

/**
 * Reads a `tokenizer.json` that came along with a model.
 *
 * @throws {TokenizerError} if it is none, of another kind than byte-level BPE, or has ids that the model has not, other
 * than those of added tokens
 */
export function readImportedTokenizer(path: string, vocabulary: ModelVocabulary): ImportedTokenizer {
  return new ImportedTokenizer(
    readJsonObject(path, (got) => noTokenizer(path, got)),
    path,
    vocabulary,
  );
}
