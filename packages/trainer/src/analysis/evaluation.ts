import { explainedVariance } from '../dictionary/explained-variance.ts';
import type { ActivationSums } from './entries/activation-statistics.ts';
import { lossRecovered } from '../dictionary/loss-recovered.ts';
import type { SplicedLosses } from './effects/losses.ts';
import type { FeatureSource } from './feature-source.ts';
import type { WeightStatistics } from './weight-statistics.ts';

export interface EvaluationParts {
  readonly source: FeatureSource;
  readonly activations: ActivationSums;
  readonly losses: SplicedLosses;
  /** (F) contexts in which each feature is active. */
  readonly contexts: Float64Array;
  /** Null for neurons, which have no weights of their own. */
  readonly weights: WeightStatistics | null;
}

/** What was not computed, or has no value: SAEBench's sign for it. */
const UNDEFINED = -1;

const known = (value: number | null | undefined): number => value ?? UNDEFINED;
const ratio = (sum: number, count: number): number => (count > 0 ? sum / count : UNDEFINED);
const mean = (values: ArrayLike<number>): number =>
  ratio(
    Array.from(values).reduce((sum, value) => sum + value, 0),
    values.length,
  );

/**
 * What evaluation.json holds: a dictionary's totals and a line for each feature, under the names and by the
 * definitions of SAEBench's core evaluation, so that figures can be laid beside each other; `ce_loss_with_mean_ablation`
 * is ours. -1 stands, as there, for what was not computed or has no value: everything about reconstruction for neurons,
 * which reconstruct themselves. The legacy explained variance is a mean of ratios, each against the mean of the tokens that
 * were computed together, as there.
 * Figures are over the tokens that `token_stats` states; densities are shares of them.
 */
export function evaluationOf({ source, activations, losses, contexts, weights }: EvaluationParts) {
  const { active, tokens, l0, l1 } = source.sums;
  const densities = active.map((count) => count / tokens);
  const sum = densities.reduce((total, density) => total + density, 0);
  const over = (bound: number) => densities.filter((density) => density > bound);
  const share = (bound: number) =>
    ratio(
      over(bound).reduce((total, density) => total + density, 0),
      sum,
    );
  const { reconstruction: r } = source;
  const { original, zeroAblated } = losses;
  const reconstructed = losses.reconstructed.get(source.id);
  const divergence = losses.divergence.get(source.id);
  return {
    eval_type_id: 'core',
    eval_result_metrics: {
      model_behavior_preservation: {
        kl_div_score:
          divergence === undefined || losses.zeroDivergence === 0
            ? UNDEFINED
            : (losses.zeroDivergence - divergence) / losses.zeroDivergence,
        kl_div_with_ablation: losses.zeroDivergence,
        kl_div_with_sae: known(divergence),
      },
      model_performance_preservation: {
        ce_loss_score:
          reconstructed === undefined
            ? UNDEFINED
            : known(lossRecovered({ original, zeroAblated, reconstructed })),
        ce_loss_with_ablation: losses.zeroAblated,
        ce_loss_with_mean_ablation: losses.meanAblated,
        ce_loss_with_sae: known(reconstructed),
        ce_loss_without_sae: losses.original,
      },
      reconstruction_quality: {
        explained_variance: r === null ? UNDEFINED : known(explainedVariance(activations, r.squaredError)),
        explained_variance_legacy: r === null ? UNDEFINED : ratio(r.explained, r.explainedRows),
        mse: r === null ? UNDEFINED : r.squaredError / tokens / activations.sum.length,
        cossim: r === null ? UNDEFINED : ratio(r.cosine, r.cosineRows),
      },
      shrinkage: {
        l2_norm_in: r === null ? UNDEFINED : r.norm / tokens,
        l2_norm_out: r === null ? UNDEFINED : r.reconstructedNorm / tokens,
        l2_ratio: r === null ? UNDEFINED : ratio(r.shrinkage, r.shrinkageRows),
        relative_reconstruction_bias: r === null ? UNDEFINED : ratio(r.reconstructedSquares, r.product),
      },
      sparsity: { l0, l1 },
      token_stats: {
        total_tokens_eval_reconstruction: losses.tokens,
        total_tokens_eval_sparsity_variance: tokens,
      },
      misc_metrics: {
        freq_over_1_percent: over(0.01).length / active.length,
        freq_over_10_percent: over(0.1).length / active.length,
        normalized_freq_over_1_percent: share(0.01),
        normalized_freq_over_10_percent: share(0.1),
        average_max_encoder_cosine_sim: weights === null ? UNDEFINED : mean(weights.largestEncoderCosine),
        average_max_decoder_cosine_sim: weights === null ? UNDEFINED : mean(weights.largestDecoderCosine),
        frac_alive: active.filter((count) => count > 0).length / active.length,
      },
    },
    eval_result_details: Array.from(densities, (density, index) => ({
      index,
      feature_density: density,
      consistent_activation_heuristic: ratio(active[index]!, contexts[index]!),
      encoder_bias: known(weights?.encoderBias[index]),
      encoder_norm: known(weights?.encoderNorm[index]),
      encoder_decoder_cosine_sim: known(weights?.encoderDecoderCosine[index]),
      max_decoder_cosine_sim: known(weights?.largestDecoderCosine[index]),
      max_encoder_cosine_sim: known(weights?.largestEncoderCosine[index]),
    })),
  };
}
