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

function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const result = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) result[order[i]!] = (from + to - 1) / 2;
    from = to;
  }
  return result;
}
