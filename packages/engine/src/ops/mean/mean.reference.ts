import { Sums, type OpReference } from '../../testing/reference.ts';

/** y (1) = the mean of all elements. */
export function meanReference(size: number): OpReference<'x'> {
  return {
    // A run of 64, the runs of one of at least four lanes, the lanes; a division is worth about three.
    roundings: { output: 64 + Math.ceil(size / 256) + 10, x: 3 },
    forward({ x }) {
      const y = new Sums(1);
      for (const value of x) y.add(0, value / size);
      return y;
    },
    backward(_inputs, cotangent) {
      const d = new Sums(size);
      for (let i = 0; i < size; i++) d.add(i, cotangent[0]! / size);
      return { x: d };
    },
  };
}
