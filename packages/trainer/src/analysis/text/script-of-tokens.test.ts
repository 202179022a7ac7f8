import { expect, test } from 'vitest';
import { ScriptFinder, scriptsOfTokens } from './script-of-tokens.ts';

const finder = new ScriptFinder(['Arabic', 'Hiragana', 'Katakana']);
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

function scripts(...tokens: (string | number[])[]): string[] {
  const found = scriptsOfTokens(
    tokens.map((token) => (typeof token === 'string' ? bytes(token) : Uint8Array.from(token))),
    finder,
  );
  return found.map((indices) => indices.map((i) => finder.scripts[i]).join('+'));
}

test('a token has the scripts of its characters, and no other', () => {
  expect(scripts('abc', ' سلام', 'の', 'カ', 'のカ', '漢字', '😀', '')).toEqual([
    '',
    'Arabic',
    'Hiragana',
    'Katakana',
    'Hiragana+Katakana',
    '',
    '',
    '',
  ]);
});

test('parts of a split character count as the character, however many tokens it takes', () => {
  const [a, b, c] = bytes('の');
  expect(scripts('x', [a!], [b!], [c!], 'y')).toEqual(['', 'Hiragana', 'Hiragana', 'Hiragana', '']);
  const [d, e] = bytes('م');
  expect(scripts([0x61, d!], [e!, 0x62])).toEqual(['Arabic', 'Arabic']);
});

test('bytes that are no UTF-8 have no script and hide nothing after them', () => {
  expect(scripts([0xd9], 'م', [0xe3, 0x81], 'm', [0xff, 0xc0, 0xf5], 'ن')).toEqual([
    '',
    'Arabic',
    '',
    '',
    '',
    'Arabic',
  ]);
});

test('an unknown script is refused', () => {
  expect(() => new ScriptFinder(['Klingon'])).toThrow(SyntaxError);
});
