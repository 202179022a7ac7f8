/** (N) of vectors: their squared lengths, and their squared distances from a mean. */
export interface RowSquares {
  readonly lengths: Float64Array;
  readonly deviations: Float64Array;
}

/** Of the first `rows` rows of x (N,A), from a mean (A); in float64. */
export function rowSquares(x: Float32Array, mean: Float64Array, rows: number): RowSquares {
  const width = mean.length;
  const lengths = new Float64Array(rows);
  const deviations = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let length = 0;
    let deviation = 0;
    for (let k = 0; k < width; k++, i++) {
      const value = x[i]!;
      length += value * value;
      const apart = value - mean[k]!;
      deviation += apart * apart;
    }
    lengths[row] = length;
    deviations[row] = deviation;
  }
  return { lengths, deviations };
}
