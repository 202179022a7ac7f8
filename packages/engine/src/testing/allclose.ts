import { describeShape, sizeOf, type Shape } from '../tensor/shape.ts';

/**
 * Fails unless every element is within its own allowed difference; a NaN never is.
 *
 * @param allowed largest difference of each element
 * @throws {Error} with the shape, the first bad index, both values there, and how many elements are bad
 */
export function assertClose(
  what: string,
  shape: Shape,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  allowed: (index: number) => number,
): void {
  if (got.length !== want.length || want.length !== sizeOf(shape)) {
    throw new Error(`${what} ${describeShape(shape)}: expected ${want.length} elements, got ${got.length}`);
  }
  let first = -1;
  let bad = 0;
  for (let index = 0; index < want.length; index++) {
    // Equal infinities have no difference that is a number.
    if (got[index] === want[index] || Math.abs(got[index]! - want[index]!) <= allowed(index)) continue;
    if (bad === 0) first = index;
    bad += 1;
  }
  if (bad === 0) return;
  throw new Error(
    `${what} ${describeShape(shape)}: ${bad} of ${want.length} elements are off, first at ${describeIndex(shape, first)}: ` +
      `got ${got[first]}, want ${want[first]}, difference ${Math.abs(got[first]! - want[first]!)}, allowed ${allowed(first)}`,
  );
}

function describeIndex(shape: Shape, flat: number): string {
  let rest = flat;
  const place = shape.toReversed().map((extent) => {
    const along = rest % extent;
    rest = Math.floor(rest / extent);
    return along;
  });
  return describeShape(place.reverse());
}
