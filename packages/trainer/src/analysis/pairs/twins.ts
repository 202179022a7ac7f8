import { Largest } from '../largest.ts';
import { momentsOf, type FeatureSource, type TwinLink } from '../feature-source.ts';
import { pearson } from './correlation.ts';
import type { PairBlock } from './pair-sums.ts';

/** Best matches of two dictionaries of different models, by Pearson correlation on the same tokens. */
export interface Twins {
  /** Of each left feature among the right ones, and the other way round; best first. */
  readonly left: TwinLink[][];
  readonly right: TwinLink[][];
}

/** Finds the `count` best matches of every feature, both ways. Dead features have none and are none. */
export function twins(
  left: FeatureSource,
  right: FeatureSource,
  blocks: Iterable<PairBlock>,
  count: number,
): Twins {
  const ofLeft = new Largest(left.features, count);
  const ofRight = new Largest(right.features, count);
  for (const { from, to, products } of blocks) {
    for (let i = from; i < to; i++) {
      if (left.sums.active[i] === 0) continue;
      const moments = momentsOf(left, i);
      for (let j = 0; j < right.features; j++) {
        if (right.sums.active[j] === 0) continue;
        const product = products[(i - from) * right.features + j]!;
        const similarity = pearson(moments, momentsOf(right, j), product);
        ofLeft.offer(i, similarity, j);
        ofRight.offer(j, similarity, i);
      }
    }
  }
  const links = (largest: Largest, source: FeatureSource, other: FeatureSource): TwinLink[][] =>
    Array.from({ length: source.features }, (_, i) =>
      largest.of(i).map(({ id, value }) => ({
        dictionary: other.id,
        feature: id,
        similarity: value,
        logitWeights: null,
        attribution: null,
      })),
    );
  return { left: links(ofLeft, left, right), right: links(ofRight, right, left) };
}
