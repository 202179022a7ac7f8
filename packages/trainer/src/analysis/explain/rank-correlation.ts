/**
 * Spearman's rank correlation of two lists of one length: Pearson's of their ranks, ties sharing the mean of theirs.
 *
 * @returns 0 when either list is constant, as a constant prediction tells nothing (the paper's convention)
 */
export function spearman(left: ArrayLike<number>, right: ArrayLike<number>): number {
  return pearson(ranks(left), ranks(right));
}

/** Pearson's correlation of two lists of one length; 0 when either is constant. */
export function pearson(left: ArrayLike<number>, right: ArrayLike<number>): number {
  const n = left.length;
  let [sumLeft, sumRight] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumLeft += left[i]!;
    sumRight += right[i]!;
  }
  const [meanLeft, meanRight] = [sumLeft / n, sumRight / n];
  let [product, squaresLeft, squaresRight] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [a, b] = [left[i]! - meanLeft, right[i]! - meanRight];
    product += a * b;
    squaresLeft += a * a;
    squaresRight += b * b;
  }
  const scale = Math.sqrt(squaresLeft * squaresRight);
  return scale > 0 ? product / scale : 0;
}

/** Ranks from 0; equal values share the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values).sort();
  // By place in the order, the mean place of the values that are equal to the one there.
  const means = new Float64Array(sorted.length);
  for (let from = 0; from < sorted.length;) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    means.fill((from + to - 1) / 2, from, to);
    from = to;
  }
  const result = new Float64Array(sorted.length);
  // Float64Array.from takes four times as long with a function.
  for (let i = 0; i < result.length; i++) result[i] = means[placeOf(sorted, values[i]!)]!;
  return result;
}

/** The first place of a value among ascending ones. */
function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
