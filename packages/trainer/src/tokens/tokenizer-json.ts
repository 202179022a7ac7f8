/** The tokenizer as Hugging Face's `tokenizer.json`, which `transformers` and `tokenizers` load as it is. */
import { Tokenizer } from './byte-pair.ts';
import { END_OF_TEXT, PRE_TOKEN_PATTERN } from './pre-tokens.ts';
import type { Merge } from './spelling.ts';
import { STAND_INS } from './stand-ins.ts';
import { TokenizerError } from './tokenizer.ts';

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };

/** The contents of `tokenizer.json` for a tokenizer. */
export function tokenizerToJson(tokenizer: Tokenizer): string {
  const spell = (id: number): string =>
    Array.from(tokenizer.tokenBytes(id), (byte) => STAND_INS[byte]).join('');
  const ids = Array.from({ length: tokenizer.size }, (_, id) => id);
  const contents = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: tokenizer.endOfText,
        content: END_OF_TEXT,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKEN_PATTERN }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(ids.map((id) => [spell(id), id])),
      merges: tokenizer.merges.map(([left, right]) => `${spell(left)} ${spell(right)}`),
    },
  };
  return stringify(contents);
}

const stringify = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/**
 * The tokenizer described by the contents of a `tokenizer.json` that this program wrote.
 *
 * @throws {TokenizerError} naming `path` if the contents are anything else, a tokenizer of another kind included
 */
export function tokenizerFromJson(json: string, path: string): Tokenizer {
  const fail = (got: string): never => {
    throw new TokenizerError(
      `${path}: expected a tokenizer.json written by Monosema, got ${got}; run tokenize again`,
    );
  };
  let file: { readonly model?: { readonly merges?: unknown } } | null;
  try {
    file = JSON.parse(json);
  } catch {
    return fail('text that is not JSON');
  }
  const written = file?.model?.merges;
  if (!Array.isArray(written)) return fail('no model.merges');
  const ids = new Map(STAND_INS.map((stand, byte) => [stand, byte]));
  const merges = written.map((merge): Merge => {
    const [left, right] = String(merge)
      .split(' ')
      .map((token) => ids.get(token));
    if (left === undefined || right === undefined)
      return fail(`the merge ${JSON.stringify(merge)}, not of two earlier tokens`);
    const spelt = String(merge).replace(' ', '');
    if (!ids.has(spelt)) ids.set(spelt, ids.size);
    return [left, right];
  });
  const tokenizer = new Tokenizer(merges);
  // The merges say it all; were the rest different, the ids in stored token streams would mean something else.
  if (tokenizerToJson(tokenizer) !== stringify(file)) return fail('settings or ids that are not its own');
  return tokenizer;
}
