import { expect, test } from 'vitest';
import { concat, decode, unitEnd } from './utf8.ts';

const bytes = (...values: (string | number)[]): Uint8Array =>
  concat(
    values.map((value) =>
      typeof value === 'number' ? Uint8Array.of(value) : new TextEncoder().encode(value),
    ),
  );

test('text is kept whole and bytes of no character stand alone', () => {
  expect(decode(bytes('aé', 0xff, '漢', 0xe2, 0x82))).toEqual([
    { text: 'aé' },
    { byte: 0xff },
    { text: '漢' },
    { byte: 0xe2 },
    { byte: 0x82 },
  ]);
});

test('surrogates, overlong forms and what lies past the last character are bytes, not text', () => {
  for (const wrong of [
    bytes(0xed, 0xa0, 0x80),
    bytes(0xc0, 0xaf),
    bytes(0xe0, 0x80, 0x80),
    bytes(0xf4, 0x90, 0x80, 0x80),
  ]) {
    expect(decode(wrong).every((piece) => 'byte' in piece)).toBe(true);
  }
});

test('every byte string decodes to what the platform decodes, replacement characters apart', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let state = 1;
  for (let round = 0; round < 500; round++) {
    const random = Uint8Array.from({ length: 12 }, () => {
      state = (state * 48_271) % 2_147_483_647;
      // Mostly lead and continuation bytes, which is where decoders go wrong.
      return state % 5 === 0 ? state % 128 : 0x80 + (state % 128);
    });
    const ours = decode(random).map((piece) => ('text' in piece ? piece.text : ''));
    expect(ours.join('')).toBe(decoder.decode(random).replaceAll('\ufffd', ''));
  }
});

test('tokens are joined as long as they complete a character, and no further', () => {
  const ended = (tokens: Uint8Array[], start: number) => unitEnd((at) => tokens[at], start);
  const family = [...new TextEncoder().encode('👩')].map((byte) => Uint8Array.of(byte));
  expect(ended([...family, bytes('x')], 0)).toBe(4);
  // A fragment that the next token does not complete stays by itself.
  expect(ended([bytes(0xe2, 0x82), bytes('a')], 0)).toBe(1);
  expect(ended([bytes(0xe2), bytes(0x82), bytes('a')], 0)).toBe(1);
  expect(ended([bytes(' ', 0xd7), bytes(0x90, ' b')], 0)).toBe(2);
  // A token may complete one character and open the next.
  expect(ended([bytes(0xd7), bytes(0x90, 0xd7), bytes(0x91), bytes('c')], 0)).toBe(3);
  expect(ended([bytes(0xd7), bytes(), bytes(0x90)], 0)).toBe(3);
});
