/**
 * Text is cut into pre-tokens, and merges never cross their borders. The pattern is GPT-2's with two changes:
 * no pre-token is longer than 64 characters, so that a line of base64 or DNA is not one enormous word; and white
 * space is spelt `\p{White_Space}`, because `\s` means different characters in JavaScript and in Rust.
 */
export const PRE_TOKEN_PATTERN = [
  "'(?:s|t|re|ve|m|ll|d)",
  ' ?\\p{L}{1,63}',
  ' ?\\p{N}{1,63}',
  ' ?[^\\p{White_Space}\\p{L}\\p{N}]{1,63}',
  '\\p{White_Space}{1,64}(?!\\P{White_Space})',
  '\\p{White_Space}{1,64}',
].join('|');

/** Longest pre-token in bytes: 64 characters of UTF-8. */
export const PRE_TOKEN_BYTES = 256;

/** The one special token: it follows every document. Where text spells it out, it is this token as well. */
export const END_OF_TEXT = '<|endoftext|>';

/** Calls `visit` with each pre-token of text, in order; they are the whole text. */
export function eachPreToken(text: string, visit: (word: string) => void): void {
  const pattern = new RegExp(PRE_TOKEN_PATTERN, 'gu');
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) visit(match[0]);
}

/** The same characters in memory of their own: a match would keep the whole text it was found in alive. */
export const detached = (word: string): string => JSON.parse(JSON.stringify(word)) as string;
