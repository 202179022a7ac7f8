/** (N) of vectors: their squared lengths, and their squared distances from the mean of them all. */
export interface RowSquares {
  readonly lengths: Float64Array;
  readonly deviations: Float64Array;
}

/** Of the first `rows` rows of x (N,A), in float64. */
export function rowSquares(x: Float32Array, width: number, rows: number): RowSquares {
  const mean = new Float64Array(width);
  for (let row = 0, i = 0; row < rows; row++) for (let k = 0; k < width; k++, i++) mean[k]! += x[i]! / rows;
  const lengths = new Float64Array(rows);
  const deviations = new Float64Array(rows);
  for (let row = 0, i = 0; row < rows; row++) {
    let [length, deviation] = [0, 0];
    for (let k = 0; k < width; k++, i++) {
      const value = x[i]!;
      length += value * value;
      deviation += (value - mean[k]!) ** 2;
    }
    lengths[row] = length;
    deviations[row] = deviation;
  }
  return { lengths, deviations };
}
