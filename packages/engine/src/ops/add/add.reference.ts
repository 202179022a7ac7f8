import { Sums, type OpReference } from '../../testing/reference.ts';

/** y = a + b. */
export function addReference(size: number): OpReference<'a' | 'b'> {
  return {
    // One addition; the gradients are the cotangent itself.
    roundings: { output: 1, a: 0, b: 0 },
    forward({ a, b }) {
      const y = new Sums(size);
      for (let i = 0; i < size; i++) {
        y.add(i, a[i]!);
        y.add(i, b[i]!);
      }
      return y;
    },
    backward(_inputs, cotangent) {
      const gradient = { values: cotangent, terms: cotangent.map(Math.abs) };
      return { a: gradient, b: gradient };
    },
  };
}
