import { Sums, type OpReference } from '../../testing/reference.ts';

/** y (1) = the mean of all elements. */
export function meanReference(size: number): OpReference<'x'> {
  return {
    // Of 16,384 elements, 16 vectors a run and the runs of one of at least four lanes; vectors, lanes, what is left of a
    // division by four; then sums of such sums. A division is worth about three.
    roundings: { output: 16 + 64 + 16 + Math.ceil(size / 16_384) + 3, x: 3 },
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
