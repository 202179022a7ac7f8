/** In each row the k largest entries of x among the columns with idle >= atLeast, zeros elsewhere; ties to the lowest index. */
export function topKAmongReference(
  x: Float64Array,
  idle: ArrayLike<number>,
  atLeast: number,
  k: number,
): Float64Array {
  const width = idle.length;
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    Array.from({ length: width }, (_, j) => j)
      .filter((j) => idle[j]! >= atLeast)
      .toSorted((a, b) => x[start + b]! - x[start + a]! || a - b)
      .slice(0, k)
      .forEach((j) => (y[start + j] = x[start + j]!));
  }
  return y;
}
