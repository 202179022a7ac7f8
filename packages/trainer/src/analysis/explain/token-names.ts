import type { VocabularyClasses } from './logit-words.ts';
import type { Passage, PassageReader } from './passage.ts';
import { hexadecimal, spellToken } from './spell-token.ts';
import { CLASS_WORDS, isOfClass, TOKEN_CLASSES } from './token-classes.ts';

/** Tokens are called by a class when so large a share of them is of it ... */
const LEAST_SHARE = 0.8;
/** ... and there are so many of them. */
const LEAST_TOKENS = 3;

/** Where a token stands in a passage. */
interface Place {
  readonly passage: Passage;
  readonly at: number;
}

/**
 * What the tokens of a feature's rule are called. A token that is part of a character is of the classes that the
 * character was of where the feature was most active on the token or right after it: one byte is part of letters of
 * many scripts.
 */
export class TokenNames {
  readonly #reader: PassageReader;
  readonly #vocabulary: VocabularyClasses;
  readonly #passages: readonly Passage[];
  readonly #domains: ReadonlyMap<string, string>;

  /**
   * @param passages that the rule was fitted to
   * @param domains what kinds of text are called, by their label
   */
  constructor(
    reader: PassageReader,
    vocabulary: VocabularyClasses,
    passages: readonly Passage[],
    domains: ReadonlyMap<string, string>,
  ) {
    this.#reader = reader;
    this.#vocabulary = vocabulary;
    this.#passages = passages;
    this.#domains = domains;
  }

  /** A whole token as people would write it. */
  spell(token: number): string {
    return spellToken(this.#reader.bytesOf(token));
  }

  /** What a token with a part of a character was part of, as "`不`", or its bytes, as "E4 B8", where that is not known. */
  spellPart(token: number): string {
    const place = this.#strongest(token);
    if (place === null) return Array.from(this.#reader.bytesOf(token), hexadecimal).join(' ');
    return spellToken(new TextEncoder().encode(this.#textAt(place)));
  }

  /** Whether a token has a part of a character. */
  isPart(token: number): boolean {
    return !this.#reader.isWhole(token);
  }

  /** Whether a whole token is nothing but what stands above or below a letter. */
  isMark(token: number): boolean {
    return !this.isPart(token) && /^\p{M}+$/u.test(this.#reader.textsOf([token])[0]!);
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

  /** A kind of text as it stands after "in": what the study calls it, or by its label. */
  domain(label: string): string {
    return this.#domains.get(label) ?? `${label} text`;
  }

  #classesOf(token: number): Uint32Array {
    if (this.#reader.isWhole(token)) return classesAt(this.#reader.classes, token);
    const place = this.#strongest(token);
    return place === null ? new Uint32Array(CLASS_WORDS) : classesAt(place.passage.classes, place.at);
  }

  #textAt({ passage, at }: Place): string {
    return this.#reader.textsOf(passage.tokens)[at]!;
  }

  /** Where the feature was most active on a token or right after it, of the places that show the whole character. */
  #strongest(token: number): Place | null {
    let found: Place | null = null;
    let most = -1;
    for (const passage of this.#passages)
      for (const [at, each] of passage.tokens.entries()) {
        const activation = Math.max(passage.activations[at]!, passage.activations[at + 1] ?? 0);
        if (each !== token || activation <= most || this.#textAt({ passage, at }).includes('\ufffd'))
          continue;
        [most, found] = [activation, { passage, at }];
      }
    return found;
  }
}

const classesAt = (sets: Uint32Array, index: number): Uint32Array<ArrayBuffer> =>
  sets.slice(index * CLASS_WORDS, (index + 1) * CLASS_WORDS);
