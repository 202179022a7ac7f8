import type { Passage } from './passage.ts';
import type { Condition, Head, Rule } from './rule.ts';
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
  readonly correlation: number;
}

/** Sums and counts by kind of token. */
interface KindSums {
  readonly sums: Float64Array;
  readonly counts: Uint32Array;
}

/**
 * The tokens of all passages, one after another, in flat arrays: hundreds of rules are tried on them, and each looks at
 * every token.
 */
class Data {
  /** Different tokens, in the order in which they come. */
  readonly #kinds: number[] = [];
  /** By token of the passages its kind, its place in its passage, and the domain of that. */
  readonly #kindOf: Uint32Array;
  readonly #places: Uint32Array;
  readonly #domainOf: Uint32Array;
  readonly #values: Float64Array;
  readonly #classes: Uint32Array;
  readonly #domainNames: (string | null)[] = [];
  /** Domains of passages in which the feature is active. */
  readonly #activeDomains: string[];
  readonly #sum: number;
  readonly #squares: number;
  /** Tokens on which the feature is active. */
  readonly active: number;
  /** Tokens that a head of a class or of any token lets through. */
  readonly #chosen: Uint32Array;

  constructor(passages: readonly Passage[]) {
    let length = 0;
    for (const { tokens } of passages) length += tokens.length;
    this.#kindOf = new Uint32Array(length);
    this.#places = new Uint32Array(length);
    this.#domainOf = new Uint32Array(length);
    this.#values = new Float64Array(length);
    this.#classes = new Uint32Array(length * CLASS_WORDS);
    this.#chosen = new Uint32Array(length);
    const kinds = new Map<number, number>();
    const activeDomains = new Set<string>();
    let at = 0;
    for (const { tokens, activations, classes, domain } of passages) {
      this.#classes.set(classes, at * CLASS_WORDS);
      let domainIndex = this.#domainNames.indexOf(domain);
      if (domainIndex < 0) domainIndex = this.#domainNames.push(domain) - 1;
      for (let place = 0; place < tokens.length; place++, at++) {
        const token = tokens[place]!;
        let kind = kinds.get(token);
        if (kind === undefined) kinds.set(token, (kind = this.#kinds.push(token) - 1));
        this.#kindOf[at] = kind;
        this.#places[at] = place;
        this.#domainOf[at] = domainIndex;
        this.#values[at] = activations[place]!;
        if (domain !== null && activations[place]! > 0) activeDomains.add(domain);
      }
    }
    this.#activeDomains = [...activeDomains];
    let [sum, squares, active] = [0, 0, 0];
    for (const value of this.#values) {
      sum += value;
      squares += value * value;
      if (value > 0) active += 1;
    }
    [this.#sum, this.#squares, this.active] = [sum, squares, active];
  }

  everywhere(): Uint8Array {
    return new Uint8Array(this.#values.length).fill(1);
  }

  /** Where a condition holds, as `holds` says of a passage, among the tokens of a mask. */
  where(condition: Condition, within: Uint8Array): Uint8Array {
    const result = new Uint8Array(within.length);
    const test = this.#testOf(condition);
    for (let i = 0; i < within.length; i++) if (within[i] === 1 && test(i)) result[i] = 1;
    return result;
  }

  #testOf(condition: Condition): (i: number) => boolean {
    const places = this.#places;
    switch (condition.kind) {
      case 'after-tokens': {
        const isOne = Uint8Array.from(this.#kinds, (token) => (condition.tokens.has(token) ? 1 : 0));
        return (i) => places[i]! > 0 && isOne[this.#kindOf[i - 1]!] === 1;
      }
      case 'after-class':
        return (i) => places[i]! > 0 && isOfClass(this.#classes, i - 1, condition.tokenClass);
      case 'run':
        return (i) => {
          const from = i - Math.min(2, places[i]!);
          for (let at = from; at <= i; at++)
            if (!isOfClass(this.#classes, at, condition.tokenClass)) return false;
          return i > from;
        };
      case 'domain': {
        const wanted = this.#domainNames.indexOf(condition.domain);
        return (i) => this.#domainOf[i] === wanted;
      }
    }
  }

  /** Heads that could say something: the tokens themselves, and, of more than one, every class that one is of. */
  heads(): HeadMaker[] {
    const active = new Set<number>();
    for (let i = 0; i < this.#values.length; i++) if (this.#values[i]! > 0) active.add(this.#kindOf[i]!);
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
  conditions(fitted: Fitted): Condition[] {
    const expected = this.#expected(fitted);
    const hit = (i: number) => expected[i]! > 0 && this.#values[i]! > 0;
    const hasBefore = (i: number) => this.#places[i]! > 0;
    const before = (i: number) => i + 1 < this.#values.length && hasBefore(i + 1) && hit(i + 1);
    const result: Condition[] = this.#classesOf(hit).map((tokenClass) => ({ kind: 'run', tokenClass }));
    result.push(
      ...this.#classesOf(before).map((tokenClass): Condition => ({ kind: 'after-class', tokenClass })),
    );
    const follows = new Uint8Array(this.#values.length);
    for (let i = 0; i < follows.length; i++) if (hasBefore(i) && expected[i]! > 0) follows[i] = 1;
    const tokens = this.#levels(this.#sumsByKind(follows, 1), 2);
    if (tokens.size > 0) result.push({ kind: 'after-tokens', tokens: new Set(tokens.keys()) });
    result.push(...this.domains());
    return result;
  }

  domains(): Condition[] {
    return this.#activeDomains.map((domain) => ({ kind: 'domain', domain }));
  }

  /** Makes a head for the tokens of a mask and says how well it does; null where it expects nothing. */
  fit(make: HeadMaker, conditions: readonly Condition[], mask: Uint8Array): Fitted | null {
    if (make.kind === 'tokens') {
      const byKind = this.#sumsByKind(mask, 0);
      const levels = this.#levels(byKind);
      if (levels.size === 0) return null;
      const correlation = this.#correlation(this.#levelsOfOthers(mask, byKind));
      return { make, head: { kind: 'tokens', levels }, conditions, mask, correlation };
    }
    const chosen = this.#chosen;
    let [total, count] = [0, 0];
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0 || (make.kind === 'class' && !isOfClass(this.#classes, i, make.tokenClass))) continue;
      total += this.#values[i]!;
      chosen[count++] = i;
    }
    if (!(total > 0)) return null;
    const level = total / (count + DOUBT);
    let [sum, squares, product] = [0, 0, 0];
    for (let at = 0; at < count; at++) {
      sum += level;
      squares += level * level;
      product += level * this.#values[chosen[at]!]!;
    }
    const correlation = this.#correlationOf(sum, squares, product);
    return { make, head: { ...make, level }, conditions, mask, correlation };
  }

  /** How active a rule expects the feature to be on each token. */
  #expected({ make, head, mask }: Fitted): Float64Array {
    if (make.kind === 'tokens') return this.#levelsOfOthers(mask, this.#sumsByKind(mask, 0));
    const expected = new Float64Array(mask.length);
    const { level } = head as Exclude<Head, { readonly kind: 'tokens' }>;
    for (let i = 0; i < mask.length; i++)
      if (mask[i] === 1 && (make.kind === 'any' || isOfClass(this.#classes, i, make.tokenClass)))
        expected[i] = level;
    return expected;
  }

  /**
   * The level of each token of a mask from all its other occurrences. A head of tokens is judged by these: by its own
   * levels it would explain every token that occurs once, and always beat a class that also speaks of tokens never seen.
   */
  #levelsOfOthers(mask: Uint8Array, { sums, counts }: KindSums): Float64Array {
    const expected = new Float64Array(mask.length);
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      const kind = this.#kindOf[i]!;
      expected[i] = (sums[kind]! - this.#values[i]!) / (counts[kind]! - 1 + DOUBT);
    }
    return expected;
  }

  /** Mean activation by token: of the strongest, in order. */
  #levels({ sums, counts }: KindSums, leastCount = 1): Map<number, number> {
    const levels: [token: number, level: number][] = [];
    for (let kind = 0; kind < sums.length; kind++) {
      if (counts[kind]! < leastCount) continue;
      const level = sums[kind]! / (counts[kind]! + DOUBT);
      if (level > 0) levels.push([this.#kinds[kind]!, level]);
    }
    levels.sort(([a, x], [b, y]) => y - x || a - b);
    const least = (levels[0]?.[1] ?? 0) * LEAST_SHARE;
    return new Map(levels.filter(([, level]) => level >= least).slice(0, MOST_TOKENS));
  }

  /** Sums the activations of a mask's tokens by the kind of the token, or of the one that comes `before` it by so many. */
  #sumsByKind(mask: Uint8Array, before: number): KindSums {
    const sums = new Float64Array(this.#kinds.length);
    const counts = new Uint32Array(this.#kinds.length);
    for (let i = 0; i < mask.length; i++) {
      if (mask[i] === 0) continue;
      const kind = this.#kindOf[i - before]!;
      sums[kind]! += this.#values[i]!;
      counts[kind]! += 1;
    }
    return { sums, counts };
  }

  /** Classes of the tokens that are asked for. */
  #classesOf(asked: (i: number) => boolean): number[] {
    const found = new Uint32Array(CLASS_WORDS);
    for (let i = 0; i < this.#values.length; i++) {
      if (!asked(i)) continue;
      for (let word = 0; word < CLASS_WORDS; word++) found[word]! |= this.#classes[i * CLASS_WORDS + word]!;
    }
    return [...TOKEN_CLASSES.keys()].filter((tokenClass) => isOfClass(found, 0, tokenClass));
  }

  #correlation(expected: Float64Array): number {
    let [sum, squares, product] = [0, 0, 0];
    for (let i = 0; i < expected.length; i++) {
      const e = expected[i]!;
      if (e === 0) continue;
      sum += e;
      squares += e * e;
      product += e * this.#values[i]!;
    }
    return this.#correlationOf(sum, squares, product);
  }

  /** Pearson's, of what a rule expects and the activations. @param sum of what is expected, and so on */
  #correlationOf(sum: number, squares: number, product: number): number {
    const n = this.#values.length;
    const scale = Math.sqrt((squares - (sum * sum) / n) * (this.#squares - (this.#sum * this.#sum) / n));
    return scale > 0 ? (product - (sum * this.#sum) / n) / scale : 0;
  }
}
