import { fileURLToPath } from 'node:url';
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { openCorpus } from '../text/corpus.ts';
import { Tokenizer } from './byte-pair.ts';
import { sampleEvenly } from './sample-evenly.ts';
import { tokenizerToJson } from './tokenizer-json.ts';
import { trainBytePair } from './train-byte-pair.ts';

const corpus = openCorpus(fileURLToPath(new URL('../../../../corpus/tiny-pile', import.meta.url)));
const sample = await sampleEvenly(corpus, 600_000, 1);
const trained = trainBytePair(sample, { vocabulary: 1024 });

const base64 = Buffer.from(Uint8Array.from({ length: 3000 }, (_, i) => (i * 7919) >> 3)).toString('base64');
const texts = [
  "It's what we'd've said: they'll, I'm, you're; don't 'S 'sup ''s",
  'tabs\t\tand\n\n\nnewlines \r\n trailing spaces   ',
  '   leading, and      many      inside  ',
  ' '.repeat(63),
  ' '.repeat(64),
  `${' '.repeat(64)}word`,
  `${' '.repeat(65)}word`,
  `${'\n'.repeat(200)}x`,
  base64,
  base64.slice(0, 64),
  ` ${base64.slice(0, 65)}`,
  'ACGT'.repeat(100),
  '='.repeat(150),
  '1234567890'.repeat(20),
  'שלום עולם וַיְצַ֞ו אֶת־אֲשֶׁ֣ר',
  'بِسۡمِ ٱللَّهِ ٱلرَّحۡمَٰنِ گزارش',
  '이벤트 수신기 중단점 토글',
  'ひらがなカタカナ漢字、混ぜる。',
  '天地玄黃'.repeat(40),
  'Привет, мир — ёжик',
  'ไม่มีช่องว่างระหว่างคำ हिन्दी தமிழ் አማርኛ ქართული',
  '👩‍👩‍👧‍👦 🇮🇱 👍🏽 é e\u0301 ﬁ Ⅷ ²³ ½',
  '😀'.repeat(70),
  'a\u0000b\u0007c\u202Ed\uFEFFe\u0085f\u00A0g\u2028h\u3000i\u200Bj',
  '\uFEFF\uFEFF \u0085 \u00A0 x',
  'lone \uD800 and \uDC00\uD83D end',
  '<script>alert("&amp;")</script>',
  'one<|endoftext|>two<|endoftext|><|endoftext|> three <|endoftext|',
  '__proto__ constructor toString',
  '',
];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const hexOf = (text: string): string => Buffer.from(text).toString('hex');

describe('a trained tokenizer', () => {
  test('gives the ids that Hugging Face gives for its tokenizer.json', async () => {
    const theirs = new HuggingFaceTokenizer(JSON.parse(tokenizerToJson(trained)), {});
    for await (const { text } of corpus) if (text.length % 9 === 0) texts.push(text);
    expect(texts.length).toBeGreaterThan(130);
    for (const text of texts)
      expect([...trained.encode(text)], JSON.stringify(text.slice(0, 80))).toEqual(theirs.encode(text).ids);
  });

  test('gives back every text byte for byte, lone surrogates as U+FFFD', () => {
    for (const text of texts) expect(hex(trained.decode(trained.encode(text)))).toBe(hexOf(text));
  });

  test('gives back any bytes, text or not', () => {
    const every = Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 31) & 0xff);
    for (const bytes of [every, Uint8Array.of(0xff), Uint8Array.of(0xed, 0xa0, 0x80), new Uint8Array(0)])
      expect(hex(trained.decode(trained.encodeBytes(bytes)))).toBe(hex(bytes));
    const text = Buffer.from('text, as it is');
    expect(trained.encodeBytes(text)).toEqual(trained.encode('text, as it is'));
  });

  test('has the bytes as ids 0 to 255 and end-of-text as the last, which no other token spells', () => {
    expect(trained.size).toBe(1024);
    expect(trained.endOfText).toBe(1023);
    for (let byte = 0; byte < 256; byte += 1) expect([...trained.tokenBytes(byte)]).toEqual([byte]);
    const spellings = Array.from({ length: 1024 }, (_, id) => hex(trained.tokenBytes(id)));
    expect(new Set(spellings).size).toBe(1024);
    expect(spellings[1023]).toBe(hexOf('<|endoftext|>'));
    for (const id of [-1, 1024, 0.5, Number.NaN]) expect(() => trained.tokenBytes(id)).toThrow(RangeError);
  });

  test('spells text with fewer tokens than bytes, in every script it was trained on', async () => {
    const totals = new Map<string | null, { bytes: number; tokens: number }>();
    for await (const { text, domain } of corpus) {
      const total = totals.get(domain) ?? { bytes: 0, tokens: 0 };
      total.bytes += Buffer.byteLength(text);
      total.tokens += trained.encode(text).length;
      totals.set(domain, total);
    }
    for (const domain of ['hebrew', 'korean', 'legal', 'code-python', 'nutrition']) {
      const { bytes = 0, tokens = Infinity } = totals.get(domain) ?? {};
      expect(bytes / tokens, domain).toBeGreaterThan(1.3);
    }
  });

  test('encodes a megabyte without a space', () => {
    const text = 'x7Kq'.repeat(250_000);
    expect(hex(trained.decode(trained.encode(text)))).toBe(hexOf(text));
  });

  test('is the same however often words were seen before', () => {
    const fresh = new Tokenizer(trained.merges);
    for (let i = 0; i < 70_000; i += 1) fresh.encode(`word${i.toString(36)}`);
    for (const text of texts) expect(fresh.encode(text)).toEqual(trained.encode(text));
  });
});

describe('trainBytePair', () => {
  const spelt = (tokenizer: Tokenizer): string[] =>
    Array.from({ length: tokenizer.size - 257 }, (_, i) =>
      Buffer.from(tokenizer.tokenBytes(256 + i)).toString(),
    );

  test('merges the most frequent pair first, of equals the one with lower ids, until none occurs twice', () => {
    // "ab" stands 4 times, "bc" 3 times but then only behind "ab"; "zy" and "zx" twice each.
    const tokenizer = trainBytePair(['abc', 'abc', 'abc', 'ab', 'zy', 'zy', 'zx', 'zx', 'q'], {
      vocabulary: 1000,
    });
    expect(spelt(tokenizer)).toEqual(['ab', 'abc', 'zx', 'zy']);
    expect(tokenizer.size).toBe(261);
  });

  test('counts pairs that overlap from the left, as encoding merges them', () => {
    const tokenizer = trainBytePair(['aaaaa', 'aaaaa'], { vocabulary: 258 });
    expect(spelt(tokenizer)).toEqual(['aa']);
    expect([...tokenizer.encode('aaaaa')]).toEqual([256, 256, 97]);
  });

  test('finds at every step the pair that a count from scratch finds', () => {
    const merges = trainBytePair(sample.slice(0, 20), { vocabulary: 357 }).merges;
    const words = new Map<string, number>();
    const counted = new Tokenizer([]);
    for (const text of sample.slice(0, 20))
      for (const word of text.match(preTokens) ?? []) words.set(word, (words.get(word) ?? 0) + 1);
    let spellings = [...words].map(([word, count]) => ({ ids: [...counted.encode(word)], count }));
    for (const [step, [left, right]] of merges.entries()) {
      const counts = new Map<string, number>();
      for (const { ids, count } of spellings)
        for (let i = 1; i < ids.length; i += 1) {
          const pair = `${ids[i - 1]},${ids[i]}`;
          counts.set(pair, (counts.get(pair) ?? 0) + count);
        }
      expect(counts.get(`${left},${right}`), `step ${step}`).toBe(Math.max(...counts.values()));
      const tokenizer = new Tokenizer(merges.slice(0, step + 1));
      spellings = [...words].map(([word, count]) => ({ ids: [...tokenizer.encode(word)], count }));
    }
  });

  test('never merges across the borders of words', () => {
    const tokenizer = trainBytePair(
      Array.from({ length: 9 }, () => "the cat's 42 mice\n\n\tran"),
      { vocabulary: 400 },
    );
    const words = ['the', ' cat', "'s", ' 42', ' mice', '\n\n', '\t', 'ran'];
    expect(
      [...tokenizer.encode(words.join(''))].map((id) => Buffer.from(tokenizer.tokenBytes(id)).toString()),
    ).toEqual(words);
  });

  test('never makes a token longer than 64 characters', () => {
    const line = 'A'.repeat(10_000);
    const tokenizer = trainBytePair([line, `${line} `, line], { vocabulary: 400 });
    expect(Math.max(...spelt(tokenizer).map((token) => token.length))).toBeLessThanOrEqual(64);
  });

  test('works with bytes alone, and refuses fewer tokens than that needs', () => {
    const bytes = trainBytePair(['aaaa'], { vocabulary: 257 });
    expect([...bytes.encode('aé<|endoftext|>')]).toEqual([97, 0xc3, 0xa9, 256]);
    expect(() => trainBytePair(['a'], { vocabulary: 256 })).toThrow(
      'vocabulary: expected at least 257 tokens (256 bytes and end-of-text), got 256; try 1024',
    );
  });
});

const preTokens =
  /'(?:s|t|re|ve|m|ll|d)| ?\p{L}{1,63}| ?\p{N}{1,63}| ?[^\p{White_Space}\p{L}\p{N}]{1,63}|\p{White_Space}{1,64}(?!\P{White_Space})|\p{White_Space}{1,64}/gu;
