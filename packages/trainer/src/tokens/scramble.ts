/** The finaliser of MurmurHash3: every bit of the result depends on every bit of the argument. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 32-bit number that looks random and is always the same for the same words (integers below 2^53). */
export function scramble(...words: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const word of words) {
    h = mix(h ^ (word >>> 0));
    h = mix((h + Math.floor(word / 2 ** 32) + 0x6d2b79f5) | 0);
  }
  return h;
}
