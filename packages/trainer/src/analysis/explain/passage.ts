import { charactersOf } from '../text/characters.ts';
import { CLASS_WORDS, classesOf } from './token-classes.ts';

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

/** Reads passages of one vocabulary as text. What tokens of whole characters are of does not depend on their neighbours. */
export class PassageReader {
  readonly #bytes: readonly Uint8Array[];
  /** (V × CLASS_WORDS) of each token by itself. */
  readonly classes: Uint32Array;
  /** (V) 1 where a token has nothing but whole characters. */
  readonly #isWhole: Uint8Array;

  /** @param bytes of every token of the vocabulary */
  constructor(bytes: readonly Uint8Array[]) {
    this.#bytes = bytes;
    this.classes = classesOf(bytes.map((each) => textsOf([each])[0]!));
    this.#isWhole = Uint8Array.from(bytes, (each) =>
      [...charactersOf([each])].every(({ codePoint }) => codePoint !== null) ? 1 : 0,
    );
  }

  /** What each of some consecutive tokens stands for; see `textsOf`. */
  textsOf(tokens: readonly number[]): string[] {
    return textsOf(tokens.map((token) => this.#bytes[token]!));
  }

  bytesOf(token: number): Uint8Array {
    return this.#bytes[token]!;
  }

  /** Whether a token has nothing but whole characters. */
  isWhole(token: number): boolean {
    return this.#isWhole[token] === 1;
  }

  /** See `textOf`. */
  read(tokens: readonly number[], domain: string | null): Text {
    const classes = new Uint32Array(tokens.length * CLASS_WORDS);
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (!this.isWhole(token))
        return textOf(
          tokens,
          tokens.map((each) => this.#bytes[each]!),
          domain,
        );
      for (let word = 0; word < CLASS_WORDS; word++)
        classes[i * CLASS_WORDS + word] = this.classes[token * CLASS_WORDS + word]!;
    }
    return { tokens, classes, domain };
  }
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
