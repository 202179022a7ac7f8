import type { Passage } from './passage.ts';
import { holds, type Condition, type Head, type Rule } from './rule.ts';
import { CLASS_WORDS, isOfClass, TOKEN_CLASSES } from './token-classes.ts';

/** Least gain in correlation that an added condition must bring: a longer sentence must be worth reading. */
const LEAST_GAIN = 0.03;
const MOST_CONDITIONS = 2;
/** Tokens of a head and of a condition at most. */
const MOST_TOKENS = 24;
/** A token belongs to a head when its level is above this share of the largest. */
const LEAST_SHARE = 0.15;
/**
 * Added to the number of times a token was seen before its mean activation is taken: what was seen once counts for
 * half, so that a rule does not learn its examples by heart.
 */
const DOUBT = 1;

/**
 * Finds the rule that tells best how active a feature is on the tokens of some passages: of all heads the one whose
 * predictions correlate most (Pearson) with the activations, then conditions, one after another, while each brings
 * enough. Nothing outside the passages is looked at.
 *
 * @returns null where the feature is active on none of the tokens, or nothing correlates
 */
export function fitRule(passages: readonly Passage[]): Rule | null {
  const data = new Data(passages);
  if (data.active === 0) return null;
  let best: Fitted | null = null;
  const everywhere = data.everywhere();
  for (const make of data.heads()) {
    const fitted = data.fit(make, [], everywhere);
    if (fitted !== null && (best === null || fitted.correlation > best.correlation)) best = fitted;
  }
  for (const condition of data.domains()) {
    const fitted = data.fit(ANY, [condition], data.where(condition, everywhere));
    if (fitted !== null && fitted.correlation > (best?.correlation ?? 0) + LEAST_GAIN) best = fitted;
  }
  while (best !== null && best.conditions.length < MOST_CONDITIONS) {
    let better: Fitted | null = null;
    for (const condition of data.conditions(best)) {
      if (best.conditions.some(({ kind }) => kind === condition.kind)) continue;
      const mask = data.where(condition, best.mask);
      const fitted = data.fit(best.make, [...best.conditions, condition], mask);
      if (fitted !== null && fitted.correlation > (better?.correlation ?? best.correlation + LEAST_GAIN))
        better = fitted;
    }
    if (better === null) break;
    best = better;
  }
  return best === null ? null : { head: best.head, conditions: best.conditions };
}

/** Which kind of head to make anew for a mask. */
type HeadMaker =
  | { readonly kind: 'tokens' }
  | { readonly kind: 'any' }
  | { readonly kind: 'class'; readonly tokenClass: number };
const ANY: HeadMaker = { kind: 'any' };

interface Fitted extends Rule {
  readonly make: HeadMaker;
  /** Tokens on which the conditions hold. */
  readonly mask: Uint8Array;
  /** Tokens on which the rule expects the feature to be active. */
  readonly expected: Float64Array;
  readonly correlation: number;
}

/** The tokens of all passages, one after another. */
class Data {
  readonly #passages: readonly Passage[];
  readonly #tokens: number[] = [];
  readonly #values: number[] = [];
  readonly #classes: Uint32Array;
  readonly #at: { readonly passage: Passage; readonly index: number }[] = [];
  readonly #sum: number;
  readonly #squares: number;
  /** Tokens on which the feature is active. */
  readonly active: number;

  constructor(passages: readonly Passage[]) {
    this.#passages = passages;
    let length = 0;
    for (const { tokens } of passages) length += tokens.length;
    this.#classes = new Uint32Array(length * CLASS_WORDS);
    for (const passage of passages) {
      this.#classes.set(passage.classes, this.#tokens.length * CLASS_WORDS);
      passage.tokens.forEach((token, index) => {
        this.#tokens.push(token);
        this.#values.push(passage.activations[index]!);
        this.#at.push({ passage, index });
      });
    }
    this.#sum = this.#values.reduce((sum, value) => sum + value, 0);
    this.#squares = this.#values.reduce((sum, value) => sum + value * value, 0);
    this.active = this.#values.filter((value) => value > 0).length;
  }

  everywhere(): Uint8Array {
    return new Uint8Array(this.#tokens.length).fill(1);
  }

  where(condition: Condition, within: Uint8Array): Uint8Array {
    return within.map((is, i) =>
      is === 1 && holds(condition, this.#at[i]!.passage, this.#at[i]!.index) ? 1 : 0,
    );
  }

  /** Heads that could say something: the tokens themselves, and, of more than one, every class that one is of. */
  heads(): HeadMaker[] {
    const active = new Set(this.#tokens.filter((_, i) => this.#values[i]! > 0));
    if (active.size === 1) return [{ kind: 'tokens' }];
    return [
      { kind: 'tokens' },
      ...this.#classesOf((i) => this.#values[i]! > 0).map((tokenClass): HeadMaker => ({
        kind: 'class',
        tokenClass,
      })),
    ];
  }

  /** Conditions that hold before some token on which both the rule and the feature are active. */
  conditions({ expected }: Fitted): Condition[] {
    const hit = (i: number) => expected[i]! > 0 && this.#values[i]! > 0;
    const hasBefore = (i: number) => this.#at[i]!.index > 0;
    const before = (i: number) => i + 1 < this.#tokens.length && hasBefore(i + 1) && hit(i + 1);
    const result: Condition[] = this.#classesOf(hit).map((tokenClass) => ({ kind: 'run', tokenClass }));
    result.push(
      ...this.#classesOf(before).map((tokenClass): Condition => ({ kind: 'after-class', tokenClass })),
    );
    const tokens = this.#levels((i) => (hasBefore(i) && expected[i]! > 0 ? this.#tokens[i - 1]! : null), 2);
    if (tokens.size > 0) result.push({ kind: 'after-tokens', tokens: new Set(tokens.keys()) });
    result.push(...this.domains());
    return result;
  }

  domains(): Condition[] {
    const found = new Set(
      this.#passages
        .filter(({ domain, activations }) => domain !== null && activations.some((value) => value > 0))
        .map(({ domain }) => domain!),
    );
    return [...found].map((domain) => ({ kind: 'domain', domain }));
  }

  /** Makes a head for the tokens of a mask and says how well it does; null where it expects nothing. */
  fit(make: HeadMaker, conditions: readonly Condition[], mask: Uint8Array): Fitted | null {
    const head = this.#head(make, mask);
    if (head === null) return null;
    const expected = new Float64Array(mask.length);
    const levelOf =
      make.kind === 'tokens' ? this.#levelsOfOthers(mask) : (i: number) => this.#levelOf(head, i);
    for (let i = 0; i < mask.length; i++) if (mask[i] === 1) expected[i] = levelOf(i);
    return { make, head, conditions, mask, expected, correlation: this.#correlation(expected) };
  }

  #levelOf(head: Head, i: number): number {
    if (head.kind === 'tokens') return head.levels.get(this.#tokens[i]!) ?? 0;
    return head.kind === 'any' || isOfClass(this.#classes, i, head.tokenClass) ? head.level : 0;
  }

  /**
   * The level of a token from all its other occurrences. A head of tokens is judged by these: by its own levels it
   * would explain every token that occurs once, and always beat a class that also speaks of tokens never seen.
   */
  #levelsOfOthers(mask: Uint8Array): (i: number) => number {
    const sums = this.#sumsBy((i) => (mask[i] === 1 ? this.#tokens[i]! : null));
    return (i) => {
      const { sum, count } = sums.get(this.#tokens[i]!)!;
      return (sum - this.#values[i]!) / (count - 1 + DOUBT);
    };
  }

  #head(make: HeadMaker, mask: Uint8Array): Head | null {
    if (make.kind === 'tokens') {
      const levels = this.#levels((i) => (mask[i] === 1 ? this.#tokens[i]! : null));
      return levels.size === 0 ? null : { kind: 'tokens', levels };
    }
    let [sum, count] = [0, 0];
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0 || (make.kind === 'class' && !isOfClass(this.#classes, i, make.tokenClass))) continue;
      sum += this.#values[i]!;
      count += 1;
    }
    return sum > 0 ? { ...make, level: sum / (count + DOUBT) } : null;
  }

  /** Mean activation by key over the tokens that have one: of the strongest keys, in order. */
  #levels(keyOf: (i: number) => number | null, leastCount = 1): Map<number, number> {
    const levels = [...this.#sumsBy(keyOf)]
      .filter(([, { count }]) => count >= leastCount)
      .map(([key, { sum, count }]) => [key, sum / (count + DOUBT)] as const)
      .filter(([, level]) => level > 0)
      .sort(([a, x], [b, y]) => y - x || a - b);
    const least = (levels[0]?.[1] ?? 0) * LEAST_SHARE;
    return new Map(levels.filter(([, level]) => level >= least).slice(0, MOST_TOKENS));
  }

  #sumsBy(keyOf: (i: number) => number | null): Map<number, { sum: number; count: number }> {
    const sums = new Map<number, { sum: number; count: number }>();
    this.#values.forEach((value, i) => {
      const key = keyOf(i);
      if (key === null) return;
      const known = sums.get(key);
      if (known === undefined) sums.set(key, { sum: value, count: 1 });
      else {
        known.sum += value;
        known.count += 1;
      }
    });
    return sums;
  }

  /** Classes of the tokens that are asked for. */
  #classesOf(asked: (i: number) => boolean): number[] {
    const found = new Uint32Array(CLASS_WORDS);
    for (let i = 0; i < this.#tokens.length; i++) {
      if (!asked(i)) continue;
      for (let word = 0; word < CLASS_WORDS; word++) found[word]! |= this.#classes[i * CLASS_WORDS + word]!;
    }
    return [...TOKEN_CLASSES.keys()].filter((tokenClass) => isOfClass(found, 0, tokenClass));
  }

  #correlation(expected: Float64Array): number {
    const n = expected.length;
    let [sum, squares, product] = [0, 0, 0];
    for (let i = 0; i < n; i++) {
      const e = expected[i]!;
      if (e === 0) continue;
      sum += e;
      squares += e * e;
      product += e * this.#values[i]!;
    }
    const scale = Math.sqrt((squares - (sum * sum) / n) * (this.#squares - (this.#sum * this.#sum) / n));
    return scale > 0 ? (product - (sum * this.#sum) / n) / scale : 0;
  }
}
