import { expect, test } from 'vitest';
import { ActivationSums } from './entries/activation-statistics.ts';
import { reconstructionSums } from './entries/reconstruction-sums.ts';
import { evaluationOf } from './evaluation.ts';
import { sourceOf } from './testing/planted.ts';

/** Activations of two features on 100 tokens: one on half of them, the other on two. */
const dense = Array.from({ length: 100 }, (_, t) => [t % 2 === 0 ? 2 : 0, t === 3 || t === 60 ? 4 : 0]);
const contexts = Float64Array.of(10, 2);
const losses = {
  original: 3,
  zeroAblated: 5,
  meanAblated: 4,
  tokens: 64,
  reconstructed: new Map([['A/1', 3.5]]),
  divergence: new Map([['A/1', 0.5]]),
  zeroDivergence: 2,
  inverseDeviation: 1,
};
const weights = {
  encoderBias: Float64Array.of(0.5, -0.5),
  encoderNorm: Float64Array.of(1, 2),
  encoderDecoderCosine: Float64Array.of(0.9, 0.1),
  largestDecoderCosine: Float64Array.of(0.2, 0.4),
  largestEncoderCosine: Float64Array.of(0.1, 0.5),
};

/** x = 0, 1, 5 and x̂ = 0.5, 1, 4, which the definitions of explained variance tell apart. */
function triple() {
  const activations = new ActivationSums(1);
  const statistics = {
    mean: Float32Array.of(2),
    lengths: Float32Array.of(0, 1, 5),
    distances: Float32Array.of(2, 1, 3),
  };
  activations.add(statistics, 3);
  const squares = Float32Array.of(0.25, 0.25, 0, 1, 1, 16);
  return { activations, reconstruction: reconstructionSums(squares, statistics) };
}

test('the sums over rows are those of their vectors, of which zero has no angle', () => {
  const { activations, reconstruction } = triple();
  expect([activations.mean(), activations.squaredDeviation()]).toEqual([Float64Array.of(2), 14]);
  expect(reconstruction).toEqual({
    explained: 1 - 0.25 / 4 + 1 + 1 - 1 / 9,
    explainedRows: 3,
    squaredError: 0.25 + 0 + 1,
    cosine: 2,
    cosineRows: 2,
    shrinkage: 1 + 0.8,
    shrinkageRows: 2,
    norm: 6,
    reconstructedNorm: 5.5,
    reconstructedSquares: 0.25 + 1 + 16,
    product: 1 + 20,
  });
});

/** Numbers to twelve digits, which rounding does not reach. */
function rounded<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === 'number' ? Number(item.toPrecision(12)) : item,
    ),
  ) as Value;
}

test('figures are those of the definitions, on numbers worked out by hand', () => {
  const { activations, reconstruction } = triple();
  const source = { ...sourceOf('A/1', dense), reconstruction };
  source.sums.tokens = 3;
  const {
    explained_variance: ofThree,
    explained_variance_legacy: meanOfRatios,
    mse,
  } = evaluationOf({
    source,
    activations,
    losses,
    contexts,
    weights,
  }).eval_result_metrics.reconstruction_quality;
  expect(ofThree).toBeCloseTo(0.9107142857, 9);
  expect(meanOfRatios).toBeCloseTo(0.9421296296, 9);
  expect(mse).toBeCloseTo(1.25 / 3, 12);
  source.sums.tokens = 100;
  const { eval_result_metrics: metrics, eval_result_details: details } = rounded(
    evaluationOf({ source, activations, losses, contexts, weights }),
  );
  expect(metrics.model_behavior_preservation).toEqual({
    kl_div_score: 0.75,
    kl_div_with_ablation: 2,
    kl_div_with_sae: 0.5,
  });
  expect(metrics.model_performance_preservation).toEqual({
    ce_loss_score: 0.75,
    ce_loss_with_ablation: 5,
    ce_loss_with_mean_ablation: 4,
    ce_loss_with_sae: 3.5,
    ce_loss_without_sae: 3,
  });
  expect(metrics.reconstruction_quality.cossim).toBe(1);
  expect(metrics.shrinkage).toEqual({
    l2_norm_in: 0.06,
    l2_norm_out: 0.055,
    l2_ratio: 0.9,
    relative_reconstruction_bias: Number((17.25 / 21).toPrecision(12)),
  });
  expect(metrics.sparsity).toEqual({ l0: 0.52, l1: 1.08 });
  expect(metrics.token_stats).toEqual({
    total_tokens_eval_reconstruction: 64,
    total_tokens_eval_sparsity_variance: 100,
  });
  expect(metrics.misc_metrics).toEqual({
    freq_over_1_percent: 1,
    freq_over_10_percent: 0.5,
    normalized_freq_over_1_percent: 1,
    normalized_freq_over_10_percent: Number((50 / 52).toPrecision(12)),
    average_max_encoder_cosine_sim: 0.3,
    average_max_decoder_cosine_sim: 0.3,
    frac_alive: 1,
  });
  expect(details[0]).toEqual({
    index: 0,
    feature_density: 0.5,
    consistent_activation_heuristic: 5,
    encoder_bias: 0.5,
    encoder_norm: 1,
    encoder_decoder_cosine_sim: 0.9,
    max_decoder_cosine_sim: 0.2,
    max_encoder_cosine_sim: 0.1,
  });
});

test('what neurons and dead features do not have is -1, as in SAEBench, and every name is there', () => {
  const { activations } = triple();
  const source = { ...sourceOf('A/neurons', [[0], [0]]), reconstruction: null };
  const evaluation = evaluationOf({
    source,
    activations,
    losses,
    contexts: Float64Array.of(0),
    weights: null,
  });
  expect(evaluation.eval_result_metrics).toEqual({
    model_behavior_preservation: { kl_div_score: -1, kl_div_with_ablation: 2, kl_div_with_sae: -1 },
    model_performance_preservation: {
      ce_loss_score: -1,
      ce_loss_with_ablation: 5,
      ce_loss_with_mean_ablation: 4,
      ce_loss_with_sae: -1,
      ce_loss_without_sae: 3,
    },
    reconstruction_quality: { explained_variance: -1, explained_variance_legacy: -1, mse: -1, cossim: -1 },
    shrinkage: { l2_norm_in: -1, l2_norm_out: -1, l2_ratio: -1, relative_reconstruction_bias: -1 },
    sparsity: { l0: 0, l1: 0 },
    token_stats: { total_tokens_eval_reconstruction: 64, total_tokens_eval_sparsity_variance: 2 },
    misc_metrics: {
      freq_over_1_percent: 0,
      freq_over_10_percent: 0,
      normalized_freq_over_1_percent: -1,
      normalized_freq_over_10_percent: -1,
      average_max_encoder_cosine_sim: -1,
      average_max_decoder_cosine_sim: -1,
      frac_alive: 0,
    },
  });
  expect(evaluation.eval_result_details[0]).toMatchObject({
    feature_density: 0,
    consistent_activation_heuristic: -1,
    encoder_bias: -1,
  });
});
