import type { Shape } from '../tensor/shape.ts';
import { assertClose } from './allclose.ts';
import type { Reference } from './reference.ts';

/** The smallest normal float32: adapters may flush what is below it to zero. */
const SMALLEST = 2 ** -126;

/**
 * Fails unless float32 results are within `roundings` · 2⁻²⁴ · Σ|terms| of a reference, element by element; without
 * roundings they must be equal.
 */
export function assertWithinRoundings(
  what: string,
  shape: Shape,
  got: ArrayLike<number>,
  want: Reference,
  roundings: number,
): void {
  assertClose(
    what,
    shape,
    got,
    want.values,
    (index) => roundings * (2 ** -24 * want.terms[index]! + SMALLEST),
  );
}
