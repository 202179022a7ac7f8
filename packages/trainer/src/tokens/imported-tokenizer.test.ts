import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelVocabulary, readImportedTokenizer } from './read-imported-tokenizer.ts';
import { tokenizerToJson } from './tokenizer-json.ts';
import { trainBytePair } from './train-byte-pair.ts';

const text = 'the theme of the thesis, 1 2 3 3 3 שלום שלום — déjà vu, déjà lu\n\tif (x) { y(); }';
const own = trainBytePair([text, text], { vocabulary: 300 });

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-tokenizer-'));
  path = join(folder, 'tokenizer.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Our own vocabulary as GPT-2's file would hold it. @param change of the file's contents */
function write(change: Readonly<Record<string, unknown>> = {}): void {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  const json = JSON.parse(tokenizerToJson(own)) as Record<string, unknown>;
  const gpt2 = {
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
  };
  writeFileSync(path, JSON.stringify({ ...json, ...gpt2, ...change }));
}

const vocabulary = { size: 310, endOfText: own.endOfText };

describe("an imported model's tokenizer", () => {
  it('cuts text by the rules of its file, and its tokens spell the text', () => {
    write();
    const tokenizer = readImportedTokenizer(path, vocabulary);
    // Longer runs than a pre-token of ours; GPT-2's pattern has no bound.
    for (const sample of [text, 'a'.repeat(200), '  two  spaces ', 'שלום🙂\u0000', '']) {
      const ids = tokenizer.encode(sample);
      const bytes = Buffer.concat(Array.from(ids, (id) => tokenizer.tokenBytes(id)));
      expect(bytes.toString('utf8')).toBe(sample);
    }
  });

  it('that is ours encodes as we do', () => {
    writeFileSync(path, tokenizerToJson(own));
    const tokenizer = readImportedTokenizer(path, vocabulary);
    for (const sample of [text, `${text}<|endoftext|>${text}`, 'unseen wörds'])
      expect(tokenizer.encode(sample)).toEqual(own.encode(sample));
    for (let id = 0; id < own.size; id++) expect(tokenizer.tokenBytes(id)).toEqual(own.tokenBytes(id));
  });

  it('may leave out the type of its model, as old files do', () => {
    const { model } = JSON.parse(tokenizerToJson(own)) as { model: Record<string, unknown> };
    for (const rest of [{}, { unk_token: '', continuing_subword_prefix: '', end_of_word_suffix: '' }]) {
      write({ model: { ...model, type: undefined, ...rest } });
      expect(readImportedTokenizer(path, vocabulary).encode(text)).toEqual(own.encode(text));
    }
  });

  it('may pass over ids, and add tokens after them that keep the blanks beside them', () => {
    const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    const { added_tokens: own_tokens } = JSON.parse(tokenizerToJson(own)) as { added_tokens: unknown[] };
    write({ added_tokens: [...own_tokens, { ...added, id: own.size + 5, content: '[X]' }] });
    const tokenizer = readImportedTokenizer(path, vocabulary);
    const sample = 'the [X] theme[X]';
    const ids = [...tokenizer.encode(sample)];
    expect(ids.filter((id) => id === own.size + 5).length).toBe(2);
    expect(Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id))).toString()).toBe(sample);
    expect(tokenizer.tokenBytes(own.size + 4).length).toBe(0);
  });

  it('may add tokens that the model has no room for, which are then text like any other', () => {
    const added = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
    const { added_tokens: own_tokens } = JSON.parse(tokenizerToJson(own)) as { added_tokens: unknown[] };
    write({ added_tokens: [...own_tokens, { ...added, id: 310, content: '[PAD]' }] });
    const tokenizer = readImportedTokenizer(path, vocabulary);
    expect(tokenizer.leftOut).toEqual(['[PAD]']);
    const ids = [...tokenizer.encode('the [PAD] theme')];
    expect(Math.max(...ids)).toBeLessThan(310);
    expect(Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id))).toString()).toBe('the [PAD] theme');
    // With room for it, it is a token.
    expect([...readImportedTokenizer(path, { ...vocabulary, size: 311 }).encode('[PAD]')]).toEqual([310]);
  });

  it('adds no tokens that are not in the text', () => {
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<|endoftext|>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: {
        '<|endoftext|>': { id: '<|endoftext|>', ids: [own.endOfText], tokens: ['<|endoftext|>'] },
      },
    };
    write({ post_processor: template });
    expect([...readImportedTokenizer(path, vocabulary).encode('the')]).toEqual([...own.encode('the')]);
  });

  it('has as many ids as the model, those without a token spelling nothing', () => {
    write();
    const tokenizer = readImportedTokenizer(path, vocabulary);
    expect(tokenizer.size).toBe(310);
    expect(tokenizer.tokenBytes(309)).toEqual(new Uint8Array(0));
    expect(Buffer.from(tokenizer.tokenBytes(own.endOfText)).toString()).toBe('<|endoftext|>');
    expect(() => tokenizer.tokenBytes(310)).toThrow('token id: expected an integer from 0 to 309, got 310');
  });
});

describe('a tokenizer that cannot be read is refused in a sentence', () => {
  function refusal(of = vocabulary): string {
    try {
      return String(readImportedTokenizer(path, of).size);
    } catch (error) {
      return `${(error as Error).name}: ${(error as Error).message.replaceAll(path, 'FILE')}`;
    }
  }
  const expected = 'TokenizerError: FILE: expected a byte-level BPE tokenizer of Hugging Face, got';

  it.each<[string, Record<string, unknown>, string]>([
    ['another model', { model: { type: 'Unigram', vocab: [] } }, 'a model of type "Unigram"'],
    ['no model', { model: undefined }, 'a model of type nothing'],
    [
      'characters instead of bytes',
      { decoder: { type: 'BPEDecoder' }, pre_tokenizer: { type: 'Whitespace' } },
      'one without ByteLevel in its decoder or pre_tokenizer',
    ],
    [
      'tokens that spell no bytes',
      { model: { type: 'BPE', vocab: { '▁the': 0 }, merges: [] }, added_tokens: [] },
      'the token "▁the", which spells no bytes',
    ],
    [
      'words that end in something else',
      { model: { type: 'BPE', vocab: { a: 0 }, merges: [], end_of_word_suffix: '</w>' } },
      'a model with "end_of_word_suffix" "</w>", which is no byte',
    ],
    ['no tokens', { model: { type: 'BPE', vocab: {}, merges: [] }, added_tokens: [] }, 'no tokens'],
    [
      'an unknown part',
      { decoder: { type: 'ByteLevel' }, normalizer: { type: 'Nonsense' } },
      '"Unknown Normalizer type: Nonsense"',
    ],
  ])('%s', (_, change, got) => {
    write(change);
    expect(refusal()).toBe(`${expected} ${got}`);
  });

  it('broken JSON, or no file', () => {
    expect(refusal()).toBe(`${expected} no such file`);
    writeFileSync(path, '{"model":');
    expect(refusal()).toBe(`${expected} text that is not JSON`);
  });

  it('ids that the model has not, or no end of text among them', () => {
    write();
    // The last token that was learnt, not added.
    const last = own.endOfText - 1;
    expect(refusal({ size: last, endOfText: 0 })).toMatch(
      new RegExp(
        `^TokenizerError: FILE: expected token ids below the model's vocab_size ${last}, got ${last} for ".+"$`,
      ),
    );
    expect(refusal({ size: own.endOfText, endOfText: own.endOfText })).toBe(
      `TokenizerError: FILE: expected a token of id ${own.endOfText}, which config.json calls eos_token_id, got none`,
    );
    expect(refusal({ size: 310, endOfText: 305 })).toBe(
      'TokenizerError: FILE: expected a token of id 305, which config.json calls eos_token_id, got none',
    );
  });
});

describe('what a model says of its tokens', () => {
  const of = (json: unknown): unknown => {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(json));
    return modelVocabulary(folder);
  };
  it('is read from its config.json, where GPT-2 need not say how its texts end', () => {
    expect(of({ vocab_size: 300, eos_token_id: 299 })).toEqual({ size: 300, endOfText: 299 });
    expect(of({ vocab_size: 50257 })).toEqual({ size: 50257, endOfText: 50256 });
  });
  it.each([
    [{ eos_token_id: 1 }, 'for "vocab_size", got nothing'],
    [{ vocab_size: 300 }, 'expected a whole number from 0 to 299 for "eos_token_id", got nothing'],
    [{ vocab_size: 300, eos_token_id: 300 }, 'for "eos_token_id", got 300'],
    [{ vocab_size: 300, eos_token_id: [1, 2] }, 'for "eos_token_id", got [1,2]'],
  ])('is refused by the key: %j', (json, sentence) => {
    expect(() => of(json)).toThrow(sentence);
  });
});
