import { CLASS_WORDS, isOfClass, TOKEN_CLASSES } from './token-classes.ts';

/** Added to counts of the vocabulary, so that no class is impossible. */
const SMOOTHING = 0.5;
/**
 * Tokens drawn from the whole vocabulary that are added to the strongest ones. What was not seen among ten tokens is then
 * unlikely and not impossible, and a class that nobody would expect there says nothing: half a token added to every class
 * alike would make each of dozens of scripts likelier than it is, and every token outside them less likely.
 */
const DRAWN = 1;
/** A class is named when this share of the strongest tokens is in it ... */
const LEAST_SHARE = 0.6;
/** ... and that is this many times its share of the vocabulary. */
const LEAST_LIFT = 3;

/**
 * What the built-in explainer makes of the tokens that a feature makes likelier: which classes are commoner among
 * them than in the vocabulary. It judges other tokens by naive Bayes over the classes.
 *
 * @param classes (V × CLASS_WORDS) of every token of the vocabulary
 */
export class VocabularyClasses {
  readonly #classes: Uint32Array;
  /** Share of the vocabulary in each class. */
  readonly #shares: Float64Array;

  constructor(classes: Uint32Array) {
    this.#classes = classes;
    const size = classes.length / CLASS_WORDS;
    this.#shares = Float64Array.from(TOKEN_CLASSES.keys(), (tokenClass) => {
      let members = 0;
      for (let token = 0; token < size; token++) if (isOfClass(classes, token, tokenClass)) members++;
      return (members + SMOOTHING) / (size + 2 * SMOOTHING);
    });
  }

  /** Log-odds that a token is one of those that the given ones are drawn from, against the whole vocabulary. */
  odds(strongest: readonly number[]): (token: number) => number {
    const shares = TOKEN_CLASSES.map(
      (_, tokenClass) =>
        (this.#members(strongest, tokenClass) + DRAWN * this.#shares[tokenClass]!) /
        (strongest.length + DRAWN),
    );
    const inside = shares.map((share, c) => Math.log(share / this.#shares[c]!));
    const outside = shares.map((share, c) => Math.log((1 - share) / (1 - this.#shares[c]!)));
    const given = new Set(strongest);
    return (token) =>
      given.has(token)
        ? Infinity
        : TOKEN_CLASSES.reduce(
            (sum, _, c) => sum + (isOfClass(this.#classes, token, c) ? inside[c]! : outside[c]!),
            0,
          );
  }

  /** The narrowest class that most of some tokens are in, in words; null where none stands out. */
  nameOf(strongest: readonly number[]): string | null {
    const share = (tokenClass: number) => this.#members(strongest, tokenClass) / strongest.length;
    const best = this.narrowest(share, LEAST_SHARE);
    return best === null ? null : TOKEN_CLASSES[best]!.several;
  }

  /**
   * The narrowest class that a large share of some tokens is in, and a far larger one than of the vocabulary; null
   * where there is none.
   *
   * @param shareIn of the tokens, that is in a class
   * @param least share
   */
  narrowest(shareIn: (tokenClass: number) => number, least: number): number | null {
    let best: number | null = null;
    for (const c of TOKEN_CLASSES.keys()) {
      const share = shareIn(c);
      if (share < least || share < LEAST_LIFT * this.#shares[c]!) continue;
      if (best === null || this.#shares[c]! < this.#shares[best]!) best = c;
    }
    return best;
  }

  #members(tokens: readonly number[], tokenClass: number): number {
    return tokens.filter((token) => isOfClass(this.#classes, token, tokenClass)).length;
  }
}
