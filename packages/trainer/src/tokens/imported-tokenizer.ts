import { join } from 'node:path';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { readJsonObject } from '../artefacts/json-object.ts';
import { STAND_INS } from './stand-ins.ts';
import { TokenizerError, type TextTokenizer } from './tokenizer.ts';

const NO_BYTES = new Uint8Array(0);
const BYTE_OF: ReadonlyMap<string, number> = new Map(STAND_INS.map((standIn, byte) => [standIn, byte]));

/** What transformers takes a missing eos_token_id of a GPT-2 to be. */
const GPT2_END_OF_TEXT = 50_256;

/** What a model says of the ids of its tokenizer. */
export interface ModelVocabulary {
  /** V, which may be more than the tokenizer has. */
  readonly size: number;
  readonly endOfText: number;
}

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
 * The byte-level BPE tokenizer of a `tokenizer.json`, read by Hugging Face's own library. A token's bytes are what its
 * stand-ins spell; an added token's, its text.
 */
export class ImportedTokenizer implements TextTokenizer {
  readonly size: number;
  readonly endOfText: number;
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #bytes: readonly Uint8Array<ArrayBuffer>[];

  /**
   * @param path of a tokenizer.json
   * @param vocabulary of the model that the tokens are for
   * @throws {TokenizerError} if it is none, of another kind than byte-level BPE, or has ids that the model has not
   */
  constructor(path: string, vocabulary: ModelVocabulary) {
    const fail = (got: string): never => {
      throw new TokenizerError(`${path}: expected a byte-level BPE tokenizer of Hugging Face, got ${got}`);
    };
    this.#tokenizer = readHuggingFace(path, fail);
    this.size = vocabulary.size;
    this.endOfText = vocabulary.endOfText;
    this.#bytes = this.#spellings(path, vocabulary, fail);
  }

  encode(text: string): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.#tokenizer.encode(text, { add_special_tokens: false }).ids);
  }

  tokenBytes(id: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes[id];
    if (bytes === undefined)
      throw new RangeError(`token id: expected an integer from 0 to ${this.size - 1}, got ${id}`);
    return bytes;
  }

  #spellings(
    path: string,
    { size, endOfText }: ModelVocabulary,
    fail: (got: string) => never,
  ): readonly Uint8Array<ArrayBuffer>[] {
    const bytes: Uint8Array<ArrayBuffer>[] = Array.from({ length: size }, () => NO_BYTES);
    const added = this.#tokenizer.get_added_tokens_decoder();
    let spelt = 0;
    // Ids may be passed over; the library has such a one as a token that is undefined.
    const tokens = new Map<number, string>(
      Array.from(this.#tokenizer.get_vocab(false) as Map<string | undefined, number>).flatMap(([token, id]) =>
        token === undefined ? [] : [[id, token] as const],
      ),
    );
    for (const [id, { content }] of added) tokens.set(id, content);
    for (const [id, token] of tokens) {
      if (!(Number.isInteger(id) && id >= 0 && id < size))
        throw new TokenizerError(
          `${path}: expected token ids below the model's vocab_size ${size}, got ${id} for ${JSON.stringify(token)}`,
        );
      bytes[id] = added.has(id)
        ? new Uint8Array(Buffer.from(token))
        : (bytesOf(token) ?? fail(`the token ${JSON.stringify(token)}, which spells no bytes`));
      spelt += 1;
    }
    if (spelt === 0) fail('no tokens');
    if (!tokens.has(endOfText))
      throw new TokenizerError(
        `${path}: expected a token of id ${endOfText}, which config.json calls eos_token_id, got none`,
      );
    return bytes;
  }
}

function readHuggingFace(path: string, fail: (got: string) => never): HuggingFaceTokenizer {
  const json = readJsonObject(path, fail);
  const { model } = json as { readonly model?: Readonly<Record<string, unknown>> };
  // Old files, GPT-2's own among them, do not name the type; merges are what only BPE has.
  const type = model?.['type'] ?? (Array.isArray(model?.['merges']) ? 'BPE' : undefined);
  if (type !== 'BPE') fail(`a model of type ${JSON.stringify(type) ?? 'nothing'}`);
  for (const affix of ['continuing_subword_prefix', 'end_of_word_suffix'])
    if (model?.[affix]) fail(`a model with "${affix}" ${JSON.stringify(model[affix])}, which is no byte`);
  if (!JSON.stringify([json['decoder'], json['pre_tokenizer']]).includes('"ByteLevel"'))
    fail('one without ByteLevel in its decoder or pre_tokenizer');
  try {
    return new HuggingFaceTokenizer({ ...json, model: { ...model, type } }, {});
  } catch (error) {
    return fail(`"${(error as Error).message}"`);
  }
}

function bytesOf(token: string): Uint8Array<ArrayBuffer> | null {
  const bytes = Array.from(token, (standIn) => BYTE_OF.get(standIn));
  return bytes.includes(undefined) ? null : Uint8Array.from(bytes as number[]);
}
