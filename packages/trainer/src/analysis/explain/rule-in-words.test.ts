import { expect, test } from 'vitest';
import { VocabularyClasses } from './logit-words.ts';
import { PassageReader, type Passage } from './passage.ts';
import type { Rule } from './rule.ts';
import { describe as inWords } from './rule-in-words.ts';
import { TokenNames } from './token-names.ts';

const bytesOf = (token: string | number[]) =>
  typeof token === 'string' ? new Uint8Array(Buffer.from(token)) : Uint8Array.from(token);

const others = Array.from({ length: 60 }, (_, i) => `other${i}`);

/** Of a vocabulary with many other words, and a feature that is active on every token of its text but the first. */
function described(tokens: (string | number[])[], text: (string | number[])[] = [], after = false): string {
  const bytes = [...tokens, ...text, ...others].map(bytesOf);
  const idOf = (token: string | number[]) =>
    bytes.findIndex((each) => Buffer.compare(each, bytesOf(token)) === 0);
  const reader = new PassageReader(bytes);
  const ids = text.map(idOf);
  const passage: Passage = { ...reader.read(ids, null), activations: ids.map((_, at) => (at > 0 ? 1 : 0)) };
  const levels = new Map(tokens.map((token, place) => [idOf(token), 10 - place / 10]));
  const rule: Rule = after
    ? {
        head: { kind: 'any', level: 1 },
        conditions: [{ kind: 'after-tokens', tokens: new Set(levels.keys()) }],
      }
    : { head: { kind: 'tokens', levels }, conditions: [] };
  return inWords(rule, new TokenNames(reader, new VocabularyClasses(reader.classes), [passage], new Map()));
}

test('a few tokens are named, the most active first, a word with and without its space once', () => {
  expect(described([' one', 'two'])).toBe('`one` or `two`');
  expect(described([' one', 'two', 'one'])).toBe('`one` or `two`');
  expect(described(['q', '(', 'xy', '\n', '%%', '$'])).toBe('`q`, `(`, `xy`, a line break and 2 more');
});

test('tokens that a feature is far less active on are set off, unless all are of one kind', () => {
  const weak = (levels: [string, number][], after = false) => {
    const bytes = [...levels.map(([token]) => token), ...others].map(bytesOf);
    const reader = new PassageReader(bytes);
    const rule: Rule = {
      head: { kind: 'tokens', levels: new Map(levels.map(([, level], id) => [id, level])) },
      conditions: after ? [{ kind: 'domain', domain: 'legal' }] : [],
    };
    return inWords(rule, new TokenNames(reader, new VocabularyClasses(reader.classes), [], new Map()));
  };
  expect(
    weak([
      ['op', 9],
      ['art', 4],
      ['ang', 2],
    ]),
  ).toBe('`op`, less on `art` or `ang`');
  expect(
    weak(
      [
        ['op', 9],
        ['of', 8],
        ['a', 2],
      ],
      true,
    ),
  ).toBe('`op` or `of`, less on `a`, in legal text');
  expect(
    weak([
      ['7', 9],
      ['3', 8],
      ['5', 7],
      ['x', 4],
      ['y', 3],
      ['2', 2],
    ]),
  ).toBe('digits (`7`, `3`, `5` or `2`), less on `x` or `y`');
  expect(
    weak([
      ['7', 9],
      ['3', 4],
      ['5', 2],
    ]),
  ).toBe('digits (`7`, `3` or `5`)');
  expect(
    weak([
      ['a', 9],
      ['b', 8],
      ['c', 4],
      ['d', 3],
      ['e', 2],
    ]),
  ).toBe('`a` or `b`, less on `c`, `d` and 1 more');
});

test('white space is told in words, and marks stand on a circle', () => {
  expect(described(['\n         ', '\r\n\t', '  '])).toBe(
    'a line break and 9 spaces, a line break and a tab or 2 spaces',
  );
  expect(described(['\u05b7'])).toBe('`\u25cc\u05b7`');
  expect(described(['\u05b7', '\u05b8', '\u05b9'])).toBe(
    'Hebrew points and accents (`\u25cc\u05b7`, `\u25cc\u05b8` or `\u25cc\u05b9`)',
  );
});

test('tokens that are nearly all of a kind are called by it', () => {
  expect(described(['3', '7', '12'])).toBe('digits (`3`, `7` or `12`)');
  expect(described(['ש', 'ב', 'ח', 'מ', 'א', 'ד'])).toBe('Hebrew letters (`ש`, `ב`, `ח`, `מ` and 2 more)');
  expect(described(['3', 'of', '7', '12', '9'])).toBe('digits (`3`, `7`, `12` or `9`) or `of`');
  expect(described(['3', '7', 'of', 'the'])).toBe('`3`, `7`, `of` or `the`');
  expect(described(['add', 'ac', 'bed', 'dead'])).toBe('`add`, `ac`, `bed` or `dead`');
  expect(described(['3', '7', '8'], [], true)).toBe('any token after digits (`3`, `7` or `8`)');
});

test('parts of characters are called by the letters that they were parts of', () => {
  const [han, hangul] = [Buffer.from('不'), Buffer.from('한')].map((each) => [...each]);
  const parts = [han!.slice(0, 2), han!.slice(2)];
  expect(described(parts, ['a', ...parts])).toBe('parts of Han characters (as in `不`)');
  const both = [han!.slice(0, 2), hangul!.slice(0, 1)];
  const text = ['a', ...parts, hangul!.slice(0, 1), hangul!.slice(1)];
  expect(described(both, text)).toBe('part of a Han character or part of a Hangul syllable');
});

test('parts of characters that are of no kind are parts of other characters than those named', () => {
  const [han, arrow] = [[...Buffer.from('不')], [...Buffer.from('→')]];
  const parts = [han.slice(0, 2), arrow.slice(0, 2)];
  const text = ['a', han.slice(0, 2), han.slice(2), arrow.slice(0, 2), arrow.slice(2)];
  expect(described(parts, text)).toBe('part of a Han character or part of another character');
  expect(described(parts.slice(1), text)).toBe('part of a character (as in `→`)');
  expect(described([...parts.slice(1), 'x'], text)).toBe('part of a character or `x`');
});

test('a byte that letters of several scripts have is of the one that the feature is active on', () => {
  const [alef, be] = [[...Buffer.from('א')], [...Buffer.from('ѐ')]];
  expect(alef[1]).toBe(be[1]);
  const text = [[be[0]!], [be[1]!], 'a', [alef[0]!], [alef[1]!]];
  const bytes = text.map(bytesOf);
  const reader = new PassageReader([...bytes, ...Array.from({ length: 60 }, (_, i) => bytesOf(`other${i}`))]);
  const passage: Passage = { ...reader.read([0, 1, 2, 3, 1], null), activations: [0, 0.5, 0, 0, 2] };
  const rule: Rule = { head: { kind: 'tokens', levels: new Map([[1, 1]]) }, conditions: [] };
  const names = new TokenNames(reader, new VocabularyClasses(reader.classes), [passage], new Map());
  expect(inWords(rule, names)).toBe('part of a Hebrew letter (as in `א`)');
});

test('whole letters and parts of letters of one kind are named together', () => {
  const parts = [...Buffer.from('ク')].slice(0, 2);
  const text = ['a', parts, [...Buffer.from('ク')].slice(2)];
  expect(described([parts, 'イ', 'x', 'y'], text)).toBe('Katakana letters (`イ` and 1 more), `x` or `y`');
});

test('whole letters of a kind stand for the parts of others', () => {
  const parts = [...Buffer.from('क')].slice(0, 2);
  expect(described(['र', 'ा', parts, 'ल'], ['a', parts, [...Buffer.from('क')].slice(2)])).toBe(
    'Devanagari letters (`र`, `◌ा`, `ल` and 1 more)',
  );
});
