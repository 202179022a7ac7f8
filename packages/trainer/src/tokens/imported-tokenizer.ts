import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { STAND_INS } from './stand-ins.ts';
import { TokenizerError, type TextTokenizer } from './tokenizer.ts';

const NO_BYTES = new Uint8Array(0);
const BYTE_OF: ReadonlyMap<string, number> = new Map(STAND_INS.map((standIn, byte) => [standIn, byte]));

/** What a model says of the ids of its tokenizer. */
export interface ModelVocabulary {
  /** V, which may be more than the tokenizer has. */
  readonly size: number;
  readonly endOfText: number;
}

/**
 * The byte-level BPE tokenizer of a `tokenizer.json`, read by Hugging Face's own library. A token's bytes are what its
 * stand-ins spell; an added token's, its text.
 */
export class ImportedTokenizer implements TextTokenizer {
  readonly size: number;
  readonly endOfText: number;
  /** Added tokens whose ids the model has not; in a text they are spelt like any other. */
  readonly leftOut: readonly string[];
  readonly #tokenizer: HuggingFaceTokenizer;
  readonly #bytes: readonly Uint8Array<ArrayBuffer>[];

  /**
   * @param json contents of a tokenizer.json
   * @param path of it, for messages
   * @param vocabulary of the model that the tokens are for
   * @throws {TokenizerError} if it is of another kind than byte-level BPE, or has ids that the model has not, other than
   * those of added tokens
   */
  constructor(json: Readonly<Record<string, unknown>>, path: string, vocabulary: ModelVocabulary) {
    const fail = (got: string): never => noTokenizer(path, got);
    const added = addedTokens(json, vocabulary.size);
    this.leftOut = added.beyond.map(({ content }) => content);
    this.#tokenizer = fromHuggingFace({ ...json, added_tokens: added.within }, fail);
    this.size = vocabulary.size;
    this.endOfText = vocabulary.endOfText;
    this.#bytes = this.#spellings(path, vocabulary, new Set(added.beyond.map(({ id }) => id)), fail);
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
    beyond: ReadonlySet<number>,
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
      // Some files have added tokens in the vocabulary too.
      if (beyond.has(id)) continue;
      if (!(Number.isInteger(id) && id >= 0 && id < size))
        throw new TokenizerError(
          `${path}: expected token ids below the model's vocab_size ${size}, got ${id} for ${JSON.stringify(token)}`,
        );
      bytes[id] = added.has(id)
        ? new TextEncoder().encode(token)
        : (bytesOf(token) ?? fail(`the token ${JSON.stringify(token)}, which spells no bytes`));
      spelt += 1;
    }
    if (spelt === 0) fail('no tokens');
    if (!tokens.has(endOfText) || beyond.has(endOfText))
      throw new TokenizerError(
        `${path}: expected a token of id ${endOfText}, which config.json calls eos_token_id, got none`,
      );
    return bytes;
  }
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

/**
 * A padding token is often added to a tokenizer without a row in the model's embeddings. Nothing can be predicted from
 * such a token or of it, so a text that happens to hold its letters is read as if it were not there.
 */
function addedTokens(
  { added_tokens: all }: Readonly<Record<string, unknown>>,
  size: number,
): { readonly within: readonly AddedToken[]; readonly beyond: readonly AddedToken[] } {
  const tokens = Array.isArray(all) ? (all as readonly AddedToken[]) : [];
  return {
    within: tokens.filter(({ id }) => !(id >= size)),
    beyond: tokens.filter(({ id }) => id >= size),
  };
}

/** @throws {TokenizerError} saying what a file is instead of a tokenizer that can be read */
export function noTokenizer(path: string, got: string): never {
  throw new TokenizerError(`${path}: expected a byte-level BPE tokenizer of Hugging Face, got ${got}`);
}

function fromHuggingFace(
  json: Readonly<Record<string, unknown>>,
  fail: (got: string) => never,
): HuggingFaceTokenizer {
  const { model } = json as { readonly model?: Readonly<Record<string, unknown>> };
  // Files of older versions of the library may not name the type; merges are what only BPE has.
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
