import type { Histogram } from '../../records/schema.ts';
import { histogramOf, median } from '../bins.ts';
import type { FeatureSource, Link } from '../feature-source.ts';
import { MIN_ACTIVE_TOKENS } from './splitting.ts';

/** How well the features of one model find themselves in another. */
export interface Universality {
  readonly from: string;
  readonly to: string;
  readonly medianCorrelation: number;
  readonly compared: number;
  readonly histogram: Histogram;
  /** Medians over the same matches, filled in when the models' logits are known. */
  medianLogitWeights: number | null;
  medianAttribution: number | null;
}

/** The best-match correlations of all live features: those active on at least 10 tokens. Null where there is none. */
export function universality(
  from: FeatureSource,
  to: FeatureSource,
  matches: readonly Link[][],
  bins: number,
): Universality | null {
  const best = matches.flatMap((links, i) =>
    from.sums.active[i]! >= MIN_ACTIVE_TOKENS && links[0] ? [links[0].similarity] : [],
  );
  if (best.length === 0) return null;
  return {
    from: from.id,
    to: to.id,
    medianCorrelation: median(best),
    compared: best.length,
    histogram: histogramOf(best, bins, [0, 1]),
    medianLogitWeights: null,
    medianAttribution: null,
  };
}
