import type { TextTokenizer } from '../tokens/tokenizer.ts';

/** Tokens as text; a character that is cut off at the end is left out, and documents end with a line break. */
export function spellText(tokens: readonly number[], tokenizer: TextTokenizer): string {
  const bytes = tokens.flatMap((token) =>
    token === tokenizer.endOfText ? [0x0a] : [...tokenizer.tokenBytes(token)],
  );
  return new TextDecoder().decode(Uint8Array.from(bytes)).replace(/\ufffd+$/, '');
}
