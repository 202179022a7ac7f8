import { ULTRALOW } from '../dictionary/density-histogram.ts';
import { explainedVariance } from '../dictionary/explained-variance.ts';
import type { ActivationSums } from './entries/activation-statistics.ts';
import { lossRecovered } from '../dictionary/loss-recovered.ts';
import type { Site } from '../model/sites.ts';
import type { DictionaryInput } from '../records/schema.ts';
import { RECORDS_VERSION } from '../records/schema.ts';
import { histogramOf } from './bins.ts';
import type { SplicedLosses } from './effects/losses.ts';
import type { FeatureSource } from './feature-source.ts';

export interface SummaryParts {
  readonly source: FeatureSource;
  readonly activations: ActivationSums;
  readonly losses: SplicedLosses;
  readonly site: Site;
  readonly histogramBins: number;
  readonly training: DictionaryInput['training'];
  readonly singleToken: DictionaryInput['singleTokenFeatures'];
  readonly explanationScores: DictionaryInput['explanationScores'];
  readonly intervalConsistency: DictionaryInput['intervalConsistency'];
}

/** Null where there is nothing to divide by. */
const ratio = (sum: number, count: number): number | null => (count > 0 ? sum / count : null);

/** The record of a dictionary as a whole. */
export function dictionaryRecordOf({
  source,
  activations,
  losses,
  site,
  histogramBins,
  training,
  singleToken,
  explanationScores,
  intervalConsistency,
}: SummaryParts): DictionaryInput {
  const { active, tokens, l0, l1 } = source.sums;
  const { reconstruction } = source;
  const live = active.filter((count) => count > 0);
  const reconstructed = losses.reconstructed.get(source.id);
  const spliced =
    reconstructed === undefined
      ? null
      : {
          original: losses.original,
          reconstructed,
          zeroAblated: losses.zeroAblated,
          meanAblated: losses.meanAblated,
          tokens: losses.tokens,
        };
  return {
    version: RECORDS_VERSION,
    id: source.id,
    model: source.model,
    kind: source.kind,
    site: site.name,
    layer: site.layer,
    activationWidth: activations.sum.length,
    features: source.features,
    evaluationTokens: tokens,
    l0,
    l1,
    explainedVariance:
      reconstruction === null ? null : explainedVariance(activations, reconstruction.squaredError),
    cosine: reconstruction === null ? null : ratio(reconstruction.cosine, reconstruction.cosineRows),
    shrinkage: reconstruction === null ? null : ratio(reconstruction.shrinkage, reconstruction.shrinkageRows),
    losses: spliced,
    lossRecovered: spliced === null ? null : lossRecovered(spliced),
    klDivergence: losses.divergence.get(source.id) ?? null,
    deadFeatures: source.features - live.length,
    // One token of fewer than a million is a density above the bound already.
    ultralowFeatures: tokens < 1 / ULTRALOW ? null : live.filter((count) => count / tokens < ULTRALOW).length,
    singleTokenFeatures: singleToken,
    densityHistogram: histogramOf(
      live.map((count) => Math.log10(count / tokens)),
      histogramBins,
    ),
    explanationScores,
    intervalConsistency,
    training,
  };
}
