import { Sums } from '../../testing/reference.ts';

/** Steps of the longest sum, and what WGSL allows exp and log beside them. */
export const klDivergenceRoundings = (vocabulary: number): number => vocabulary + 24;

/** divergence (N) = Σ_v p·(log p - log q), with p = softmax(before) and q = softmax(after). */
export function klDivergenceReference(before: Float64Array, after: Float64Array, vocabulary: number): Sums {
  const rows = before.length / vocabulary;
  const divergence = new Sums(rows);
  for (let n = 0; n < rows; n++) {
    const [x, y] = [before, after].map((logits) => logits.subarray(n * vocabulary, (n + 1) * vocabulary));
    const [topX, topY] = [Math.max(...x!), Math.max(...y!)];
    // Less the highest, which is out of place in float64 as well; a kernel's errors are those of the logits as they are.
    const [totalX, totalY] = [logSum(x!, topX), logSum(y!, topY)];
    x!.forEach((logit, v) => {
      const probability = Math.exp(logit - topX - totalX);
      const term = probability * (logit - topX - (y![v]! - topY));
      const magnitude = probability * Math.abs(logit - y![v]!);
      // An error of the exponent is a relative one of the probability, of which the sum is divided by another.
      divergence.add(n, term, 2 * magnitude * (1 + Math.abs(logit - topX - totalX)));
    });
    const tops = 2 * (Math.abs(topX) + Math.abs(topY));
    divergence.add(n, totalY - totalX, 2 + tops + totalX + totalY);
  }
  return divergence;
}

function logSum(row: Float64Array, top: number): number {
  return Math.log(row.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
