import { charactersOf } from './characters.ts';

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
  const found: Set<number>[] = tokens.map(() => new Set());
  for (const { codePoint, first, last } of charactersOf(tokens)) {
    if (codePoint === null) continue;
    for (const script of finder.of(codePoint)) {
      for (let token = first; token <= last; token++) found[token]!.add(script);
    }
  }
  return found.map((scripts) => [...scripts].sort((a, b) => a - b));
}
