/**
 * Kinds of strings that can be told by their characters: each character is one of an alphabet, all equally likely.
 * Source: Bricken et al. 2023, "Feature proxies".
 */
export interface StringProxy {
  readonly id: string;
  readonly name: string;
  /** Its characters, all ASCII. */
  readonly alphabet: string;
  /** Least tokens of a string: a single token of few letters is also a word, as CAT is. */
  readonly leastTokens: number;
}

export const STRING_PROXIES: readonly StringProxy[] = [
  {
    id: 'string:base64',
    name: 'base64',
    alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
    leastTokens: 1,
  },
  { id: 'string:dna', name: 'DNA', alphabet: 'ACGT', leastTokens: 2 },
  { id: 'string:hex', name: 'hexadecimal', alphabet: '0123456789abcdef', leastTokens: 1 },
];

/** What a character outside the alphabet is taken to be worth. */
const ELSEWHERE = 1e-10;

/**
 * log P(token | string of the kind) - log P(token), by token: what one token adds to the score of a string. A token
 * without bytes, as the one between documents, is in no string: having no characters that could be wrong, it would be one
 * of any kind, and carry its neighbours with it.
 *
 * @param bytes of each token
 * @param counts (V) how often each token occurs; one is added to each
 */
export function logRatios(
  { alphabet }: StringProxy,
  bytes: readonly Uint8Array[],
  counts: Float64Array,
): Float64Array {
  const inside = new Set(Array.from(alphabet, (character) => character.codePointAt(0)!));
  const total = counts.reduce((sum, count) => sum + count + 1, 0);
  return Float64Array.from(bytes, (token, id) => {
    if (token.length === 0) return -Infinity;
    const likelihood = token.reduce(
      (sum, byte) => sum + (inside.has(byte) ? -Math.log(alphabet.length) : Math.log(ELSEWHERE)),
      0,
    );
    return likelihood - Math.log((counts[id]! + 1) / total);
  });
}

/**
 * The score of every token of a text: the largest log-likelihood ratio of a string of at least `leastTokens` tokens
 * that ends there.
 */
export function scoreStrings(
  ratios: Float64Array,
  tokens: ArrayLike<number>,
  leastTokens: number,
): Float64Array {
  // best[i]: of strings of any length that end at i.
  const best = new Float64Array(tokens.length);
  const scores = new Float64Array(tokens.length).fill(-Infinity);
  for (let i = 0; i < tokens.length; i++) {
    best[i] = ratios[tokens[i]!]! + Math.max(0, i > 0 ? best[i - 1]! : 0);
    if (i + 1 < leastTokens) continue;
    // A string of exactly the least length, or one that is longer.
    let tail = 0;
    for (let back = 0; back < leastTokens - 1; back++) tail += ratios[tokens[i - back]!]!;
    scores[i] = leastTokens === 1 ? best[i]! : tail + best[i - leastTokens + 1]!;
  }
  return scores;
}
