import { Sums } from '../../testing/reference.ts';

/** Steps of the longest sum, and what WGSL allows exp and log beside them. */
export const klDivergenceRoundings = (vocabulary: number): number => vocabulary + 24;

/** divergence (N) = Σ_v p·(log p - log q), with p = softmax(before) and q = softmax(after). */
export function klDivergenceReference(before: Float64Array, after: Float64Array, vocabulary: number): Sums {
  const rows = before.length / vocabulary;
  const divergence = new Sums(rows);
  for (let n = 0; n < rows; n++) {
    const [x, y] = [before, after].map((logits) =>
      shifted(logits.subarray(n * vocabulary, (n + 1) * vocabulary)),
    );
    const [totalX, totalY] = [x!, y!].map((row) => row.reduce((sum, value) => sum + Math.exp(value), 0));
    x!.forEach((value, v) => {
      const probability = Math.exp(value) / totalX!;
      // An error of the exponent is a relative one of the probability.
      const difference = Math.abs(value - y![v]!);
      divergence.add(n, probability * (value - y![v]!), probability * difference * (1 + Math.abs(value)));
    });
    divergence.add(n, Math.log(totalY!) - Math.log(totalX!), 2 + Math.log(totalX!) + Math.log(totalY!));
  }
  return divergence;
}

function shifted(row: Float64Array): Float64Array {
  const top = Math.max(...row);
  return row.map((value) => value - top);
}
