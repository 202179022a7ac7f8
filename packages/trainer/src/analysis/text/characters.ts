/** A character of some consecutive tokens. */
export interface Character {
  /** Null for a byte that is part of no UTF-8. */
  readonly codePoint: number | null;
  /** Index of the token that its first byte is in, and of the one that its last byte is in. */
  readonly first: number;
  readonly last: number;
}

/**
 * The characters of consecutive tokens, which may be split between them.
 *
 * @param tokens the bytes of each
 */
export function* charactersOf(tokens: readonly Uint8Array[]): Generator<Character> {
  const owners: number[] = [];
  const bytes: number[] = [];
  tokens.forEach((token, index) => {
    for (const byte of token) {
      bytes.push(byte);
      owners.push(index);
    }
  });
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at]!);
    const codePoint = length === 0 ? null : decodeAt(bytes, at, length);
    const end = codePoint === null ? at + 1 : at + length;
    yield { codePoint, first: owners[at]!, last: owners[end - 1]! };
    at = end;
  }
}

/** Bytes of a character in UTF-8 by its first byte; 0 where no character begins. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

function decodeAt(bytes: readonly number[], at: number, length: number): number | null {
  if (length === 1) return bytes[at]!;
  let codePoint = bytes[at]! & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return null;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  return codePoint <= 0x10ffff ? codePoint : null;
}
