import { Largest } from '../largest.ts';
import { momentsOf, type FeatureSource } from '../feature-source.ts';
import { cosine, pearson } from './correlation.ts';
import type { PairBlock } from './pair-sums.ts';

/** A neuron, or another feature, whose activations go with those of a feature. */
export interface Correlated {
  readonly other: number;
  readonly pearson: number;
  readonly cosine: number;
}

/**
 * The `count` of the others that correlate most with each feature, over all pairs; none for a dead feature, and never
 * the feature itself. Among features of one dictionary only those count that are ever active together.
 *
 * @param blocks sums of the pairs of `source` and `others`
 */
export function correlated(
  source: FeatureSource,
  others: FeatureSource,
  blocks: Iterable<PairBlock>,
  count: number,
): Correlated[][] {
  const same = source === others;
  const found: Correlated[][] = Array.from({ length: source.features }, () => []);
  for (const { from, to, products } of blocks) {
    const largest = new Largest(to - from, count);
    for (let i = from; i < to; i++) {
      if (source.sums.active[i] === 0) continue;
      const own = momentsOf(source, i);
      const sums = products.subarray((i - from) * others.features, (i - from + 1) * others.features);
      for (let j = 0; j < others.features; j++) {
        // Of a wide dictionary nearly all pairs.
        if (same && (sums[j] === 0 || j === i)) continue;
        // Moments come from the sums, where those of neighbours lie together: objects of a wide dictionary do not.
        largest.offer(i - from, pearson(own, momentsOf(others, j), sums[j]!), j);
      }
      found[i] = largest.of(i - from).map(({ id, value }) => ({
        other: id,
        pearson: value,
        cosine: cosine(own.sumOfSquares, others.sums.sumOfSquares[id]!, sums[id]!),
      }));
    }
  }
  return found;
}
