import type { Site } from '../model/sites.ts';
import type { DictionaryInput } from '../records/schema.ts';
import { RECORDS_VERSION } from '../records/schema.ts';
import { histogramOf } from './bins.ts';
import { lossRecovered, type SplicedLosses } from './effects/losses.ts';
import { explainedVariance, type VectorSums } from './entries/explained-variance.ts';
import type { FeatureSource } from './feature-source.ts';

export interface SummaryParts {
  readonly source: FeatureSource;
  readonly activations: VectorSums;
  readonly losses: SplicedLosses;
  readonly site: Site;
  readonly histogramBins: number;
  readonly training: DictionaryInput['training'];
}

/** The record of a dictionary as a whole. */
export function dictionaryRecordOf({
  source,
  activations,
  losses,
  site,
  histogramBins,
  training,
}: SummaryParts): DictionaryInput {
  const { active, tokens, l0 } = source.sums;
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
    explainedVariance:
      source.squaredError === null ? null : explainedVariance(activations, source.squaredError),
    losses: spliced,
    lossRecovered: spliced === null ? null : lossRecovered(spliced),
    deadFeatures: source.features - live.length,
    densityHistogram: histogramOf(
      live.map((count) => Math.log10(count / tokens)),
      histogramBins,
    ),
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
  return {
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
      source.squaredError === null
        ? {}
        : {
            explained_variance: explainedVariance(activations, source.squaredError),
            squared_error_per_token: source.squaredError / tokens,
          },
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
