/** Which of some Unicode scripts the characters of a text belong to, asked by code point and remembered. */
export class ScriptFinder {
  readonly scripts: readonly string[];
  readonly #patterns: readonly RegExp[];
  readonly #known = new Map<number, readonly number[]>();

  /** @throws {SyntaxError} if a script is not one of Unicode's names */
  constructor(scripts: readonly string[]) {
    this.scripts = scripts;
    this.#patterns = scripts.map((script) => new RegExp(`^\\p{Script=${script}}$`, 'u'));
  }

  /** Indices into `scripts` of the script of a character; none for most. */
  of(codePoint: number): readonly number[] {
    let found = this.#known.get(codePoint);
    if (found === undefined) {
      const character = String.fromCodePoint(codePoint);
      found = this.#patterns.flatMap((pattern, i) => (pattern.test(character) ? [i] : []));
      this.#known.set(codePoint, found);
    }
    return found;
  }
}

/** Bytes of a character in UTF-8 by its first byte; 0 where no character begins. */
function lengthOf(byte: number): number {
  if (byte < 0x80) return 1;
  if (byte >= 0xc2 && byte < 0xe0) return 2;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xf0 && byte < 0xf5 ? 4 : 0;
}

/**
 * Scripts of every token: a token has a script when a character of the script has one of its bytes in the token, so
 * parts of a split character count as the character they belong to. Bytes that are no UTF-8 have none.
 *
 * @param tokens the bytes of consecutive tokens
 * @returns for each token the indices of its scripts, ascending
 */
export function scriptsOfTokens(
  tokens: readonly Uint8Array[],
  finder: ScriptFinder,
): readonly (readonly number[])[] {
  const owners: number[] = [];
  const bytes: number[] = [];
  tokens.forEach((token, index) => {
    for (const byte of token) {
      bytes.push(byte);
      owners.push(index);
    }
  });
  const found: Set<number>[] = tokens.map(() => new Set());
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at]!);
    const codePoint = length === 0 ? null : decodeAt(bytes, at, length);
    if (codePoint === null) {
      at += 1;
      continue;
    }
    for (const script of finder.of(codePoint)) {
      for (let byte = at; byte < at + length; byte++) found[owners[byte]!]!.add(script);
    }
    at += length;
  }
  return found.map((scripts) => [...scripts].sort((a, b) => a - b));
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
