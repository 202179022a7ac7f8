import { ULTRALOW } from '../dictionary/density-histogram.ts';
import { explainedVariance, type VectorSums } from '../dictionary/explained-variance.ts';
import { lossRecovered } from '../dictionary/loss-recovered.ts';
import type { Site } from '../model/sites.ts';
import type { DictionaryInput } from '../records/schema.ts';
import { RECORDS_VERSION } from '../records/schema.ts';
import { histogramOf } from './bins.ts';
import type { SplicedLosses } from './effects/losses.ts';
import type { FeatureSource } from './feature-source.ts';

export interface SummaryParts {
  readonly source: FeatureSource;
  readonly activations: VectorSums;
  readonly losses: SplicedLosses;
  readonly site: Site;
  readonly histogramBins: number;
  readonly training: DictionaryInput['training'];
  readonly singleToken: DictionaryInput['singleTokenFeatures'];
  readonly explanationScores: DictionaryInput['explanationScores'];
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
    training,
  };
}

/**
 * The figures of evaluation.json: totals of a dictionary under the names of SAEBench's core evaluation, where it has
 * them. Densities are shares of the evaluation tokens.
 */
export function evaluationOf({
  source,
  activations,
  losses,
}: SummaryParts): Record<string, Record<string, number | null>> {
  const { active, tokens, l0, l1 } = source.sums;
  const densities = active.map((count) => count / tokens);
  const sum = densities.reduce((total, density) => total + density, 0);
  const over = (bound: number) => densities.filter((density) => density > bound);
  const share = (bound: number) =>
    sum > 0 ? over(bound).reduce((total, density) => total + density, 0) / sum : null;
  const reconstructed = losses.reconstructed.get(source.id);
  const { reconstruction } = source;
  return {
    model_behavior_preservation: { kl_div_with_sae: losses.divergence.get(source.id) ?? null },
    model_performance_preservation:
      reconstructed === undefined
        ? {}
        : {
            ce_loss_score: lossRecovered({ ...losses, reconstructed }),
            ce_loss_with_ablation: losses.zeroAblated,
            ce_loss_with_mean_ablation: losses.meanAblated,
            ce_loss_with_sae: reconstructed,
            ce_loss_without_sae: losses.original,
          },
    reconstruction_quality:
      reconstruction === null
        ? {}
        : {
            explained_variance: explainedVariance(activations, reconstruction.squaredError),
            mse: reconstruction.squaredError / tokens / activations.sum.length,
            cossim: ratio(reconstruction.cosine, reconstruction.cosineRows),
          },
    shrinkage:
      reconstruction === null
        ? {}
        : { l2_ratio: ratio(reconstruction.shrinkage, reconstruction.shrinkageRows) },
    sparsity: { l0, l1 },
    misc_metrics: {
      frac_alive: active.filter((count) => count > 0).length / active.length,
      freq_over_1_percent: over(0.01).length / active.length,
      freq_over_10_percent: over(0.1).length / active.length,
      normalized_freq_over_1_percent: share(0.01),
      normalized_freq_over_10_percent: share(0.1),
    },
    token_stats: {
      total_tokens_eval_reconstruction: losses.tokens,
      total_tokens_eval_sparsity_variance: tokens,
    },
  };
}
