import { Largest } from '../largest.ts';
import { momentsOf, type FeatureSource } from '../feature-source.ts';
import { cosine, pearson } from './correlation.ts';
import type { PairBlock } from './pair-sums.ts';

/** A neuron whose activations go with those of a feature. */
export interface CorrelatedNeuron {
  readonly neuron: number;
  readonly pearson: number;
  readonly cosine: number;
}

/** The `count` neurons of the same model that correlate most with each feature; none for a dead feature. */
export function correlatedNeurons(
  source: FeatureSource,
  neurons: FeatureSource,
  blocks: Iterable<PairBlock>,
  count: number,
): CorrelatedNeuron[][] {
  const found: CorrelatedNeuron[][] = Array.from({ length: source.features }, () => []);
  const neuronMoments = Array.from({ length: neurons.features }, (_, j) => momentsOf(neurons, j));
  for (const { from, to, products } of blocks) {
    const largest = new Largest(to - from, count);
    for (let i = from; i < to; i++) {
      if (source.sums.active[i] === 0) continue;
      const moments = momentsOf(source, i);
      const product = (j: number) => products[(i - from) * neurons.features + j]!;
      for (let j = 0; j < neurons.features; j++) {
        largest.offer(i - from, pearson(moments, neuronMoments[j]!, product(j)), j);
      }
      found[i] = largest.of(i - from).map(({ id, value }) => ({
        neuron: id,
        pearson: value,
        cosine: cosine(moments.sumOfSquares, neuronMoments[id]!.sumOfSquares, product(id)),
      }));
    }
  }
  return found;
}
