import type { VocabularyClasses } from './logit-words.ts';
import type { Passage, PassageReader } from './passage.ts';
import { hexadecimal, spellToken } from './spell-token.ts';
import { CLASS_WORDS, isOfClass, TOKEN_CLASSES } from './token-classes.ts';

/** Tokens are called by a class when so large a share of them is of it ... */
const LEAST_SHARE = 0.8;
/** ... and there are so many of them. */
const LEAST_TOKENS = 3;

/**
 * What the tokens of a feature's rule are called. A token that is part of a character is of the classes that the
 * character was of where the feature was most active on the token or right after it: one byte is part of letters of
 * many scripts.
 */
export class TokenNames {
  readonly #reader: PassageReader;
  readonly #vocabulary: VocabularyClasses;
  readonly #passages: readonly Passage[];

  /** @param passages that the rule was fitted to */
  constructor(reader: PassageReader, vocabulary: VocabularyClasses, passages: readonly Passage[]) {
    this.#reader = reader;
    this.#vocabulary = vocabulary;
    this.#passages = passages;
  }

  /** A whole token as people would write it. */
  spell(token: number): string {
    return spellToken(this.#reader.bytesOf(token));
  }

  /** The bytes of a token, as "E4 B8". */
  bytes(token: number): string {
    return Array.from(this.#reader.bytesOf(token), hexadecimal).join(' ');
  }

  /** Whether a token has a part of a character. */
  isPart(token: number): boolean {
    return !this.#reader.isWhole(token);
  }

  isOf(token: number, tokenClass: number): boolean {
    return isOfClass(this.#classesOf(token), 0, tokenClass);
  }

  /** The first class that a token is of; null where it is of none. */
  classOf(token: number): number | null {
    const classes = this.#classesOf(token);
    const first = TOKEN_CLASSES.findIndex((_, tokenClass) => isOfClass(classes, 0, tokenClass));
    return first < 0 ? null : first;
  }

  /** The narrowest class that nearly all of some tokens are of; null where there is none or the tokens are few. */
  commonClass(tokens: readonly number[]): number | null {
    if (tokens.length < LEAST_TOKENS) return null;
    const classes = tokens.map((token) => this.#classesOf(token));
    return this.#vocabulary.narrowest((tokenClass) => {
      if (TOKEN_CLASSES[tokenClass]!.broad) return 0;
      return classes.filter((each) => isOfClass(each, 0, tokenClass)).length / tokens.length;
    }, LEAST_SHARE);
  }

  #classesOf(token: number): Uint32Array {
    if (this.#reader.isWhole(token)) return classesAt(this.#reader.classes, token);
    let classes = new Uint32Array(CLASS_WORDS);
    let most = -1;
    for (const passage of this.#passages)
      for (const [at, each] of passage.tokens.entries()) {
        const activation = Math.max(passage.activations[at]!, passage.activations[at + 1] ?? 0);
        if (each !== token || activation <= most) continue;
        const here = classesAt(passage.classes, at);
        // The rest of a character at the rim of a passage is not known.
        if (here.every((word) => word === 0)) continue;
        [most, classes] = [activation, here];
      }
    return classes;
  }
}

const classesAt = (sets: Uint32Array, index: number): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(sets.subarray(index * CLASS_WORDS, (index + 1) * CLASS_WORDS));
