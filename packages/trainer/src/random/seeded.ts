import { scramble } from '../tokens/scramble.ts';

/** Uniform numbers in [0, 1), decided by the words alone: the same words give the same sequence everywhere. */
export function uniforms(...words: readonly number[]): () => number {
  // Four words of state, from the same hash as the rest of our randomness; sfc32 (Chris Doty-Humphrey, PractRand).
  let [a, b, c, counter] = [scramble(0, ...words), scramble(1, ...words), scramble(2, ...words), 1];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers (Box and Muller), from uniforms of the same words. */
export function normals(...words: readonly number[]): () => number {
  const uniform = uniforms(...words);
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** An integer from a string, to seed a stream by name. */
export function wordOf(name: string): number {
  return scramble(...Array.from(name, (character) => character.codePointAt(0)!));
}
