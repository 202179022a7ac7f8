/** Iterations of Weiszfeld's algorithm, at most, and the movement at which it stops. */
const ITERATIONS = 100;
const TOLERANCE = 1e-5;

/**
 * The point whose summed distance to all rows is smallest, by Weiszfeld's iteration from the mean: the paper's
 * start for the decoder bias, which outliers move less than the mean.
 *
 * @param rows (N,A) row-major
 */
export function geometricMedian(rows: Float32Array, width: number): Float64Array {
  const count = rows.length / width;
  let median = weightedMean(rows, width, new Float64Array(count).fill(1));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const weights = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      let squares = 0;
      for (let k = 0; k < width; k++) squares += (rows[row * width + k]! - median[k]!) ** 2;
      // A row on the median itself would weigh infinitely much.
      weights[row] = 1 / Math.max(Math.sqrt(squares), 1e-12);
    }
    const next = weightedMean(rows, width, weights);
    const moved = Math.sqrt(next.reduce((sum, value, k) => sum + (value - median[k]!) ** 2, 0));
    median = next;
    if (moved < TOLERANCE) break;
  }
  return median;
}

function weightedMean(rows: Float32Array, width: number, weights: Float64Array): Float64Array {
  const mean = new Float64Array(width);
  let total = 0;
  weights.forEach((weight, row) => {
    total += weight;
    for (let k = 0; k < width; k++) mean[k]! += weight * rows[row * width + k]!;
  });
  return mean.map((value) => value / total);
}
