import { charactersOf } from '../text/characters.ts';
import { classesOf } from './token-classes.ts';

/** Some consecutive tokens of a text, with one feature's activations on them. */
export interface Passage {
  readonly tokens: readonly number[];
  /** (tokens × CLASS_WORDS) sets of token classes. */
  readonly classes: Uint32Array;
  /** Domain label of the document. */
  readonly domain: string | null;
  readonly activations: readonly number[];
}

/** A passage without the feature: many features share one. */
export type Text = Omit<Passage, 'activations'>;

/**
 * Reads tokens as text. Tokens that are parts of one character all stand for that character, so that a byte of a
 * Hebrew letter is a Hebrew letter.
 *
 * @param bytes the bytes of each token
 */
export function textOf(tokens: readonly number[], bytes: readonly Uint8Array[], domain: string | null): Text {
  return { tokens, classes: classesOf(textsOf(bytes)), domain };
}

/**
 * The text that each of some consecutive tokens stands for: every character that has a byte in the token, whole.
 * Bytes that are no UTF-8 are U+FFFD.
 */
export function textsOf(bytes: readonly Uint8Array[]): string[] {
  const texts = bytes.map(() => '');
  for (const { codePoint, first, last } of charactersOf(bytes)) {
    const character = String.fromCodePoint(codePoint ?? 0xfffd);
    for (let token = first; token <= last; token++) texts[token] += character;
  }
  return texts;
}
