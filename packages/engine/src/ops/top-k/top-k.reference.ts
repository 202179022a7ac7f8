/** The k largest positive entries of each row, zeros elsewhere; ties go to the lowest index. */
export function topKReference(x: Float64Array, width: number, k: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    const row = x.subarray(start, start + width);
    for (const column of largest(row, k)) y[start + column] = row[column]!;
  }
  return y;
}

/** Places of the `count` largest positive values; the sort is stable, so equal values keep their order. */
export function largest(values: Float64Array, count: number): number[] {
  const positive = [...values.keys()].filter((i) => values[i]! > 0);
  return positive.sort((i, j) => values[j]! - values[i]!).slice(0, count);
}
