/** The record of one dictionary, or of the neurons of a model. See schema.ts. */
import { z } from 'zod';
import { count, histogram } from './feature-schema.ts';
import { RECORDS_VERSION } from './version.ts';

/** Cross-entropies in nats per token, over the loss-evaluation tokens of a dictionary. */
const losses = z.strictObject({
  original: z.number(),
  reconstructed: z.number(),
  zeroAblated: z.number(),
  meanAblated: z.number(),
  tokens: count.describe('predicted tokens the four means are taken over'),
});

/** How scores are distributed. */
export const distribution = z.strictObject({
  median: z.number().nullable().describe('null when nothing was scored'),
  scored: count,
  histogram,
});

/** One dictionary, or the neurons of a model under the same heading (kind: neurons). */
export const dictionaryRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  id: z.string().describe('as A/1, A/neurons, or R/1 for the control'),
  model: z.string().describe('letter of the model'),
  kind: z
    .enum(['dictionary', 'neurons', 'control'])
    .describe("control: a dictionary of the model whose weight matrices' entries were shuffled"),
  site: z.string().describe('hookable activation that is decomposed, as mlp-activations'),
  layer: count,
  activationWidth: count.describe('A'),
  features: count.describe('F'),
  evaluationTokens: count.describe('tokens over which activations were counted; none was trained on'),
  l0: z.number().describe('mean number of active features a token'),
  l1: z.number().nullable().default(null).describe('mean sum of activations a token'),
  explainedVariance: z.number().nullable().describe('1 - FVU; null for neurons'),
  cosine: z
    .number()
    .nullable()
    .default(null)
    .describe('mean cosine of a vector and its reconstruction; null for neurons'),
  shrinkage: z
    .number()
    .nullable()
    .default(null)
    .describe('mean of |reconstruction| / |vector|; null for neurons'),
  losses: losses.nullable().describe('null for neurons'),
  lossRecovered: z
    .number()
    .nullable()
    .describe(
      '(zeroAblated - reconstructed) / (zeroAblated - original); null for neurons, and where ablating to zero or to the mean does not raise the loss, so that there is nothing to recover',
    ),
  klDivergence: z
    .number()
    .nullable()
    .default(null)
    .describe(
      'mean KL divergence in nats from the original next-token distribution to the one after reconstruction',
    ),
  deadFeatures: count.describe('features active on no evaluation token'),
  ultralowFeatures: count
    .nullable()
    .default(null)
    .describe('live features of density below 1e-6; null where the evaluation tokens are too few to tell'),
  singleTokenFeatures: z
    .strictObject({ single: count, tested: count })
    .nullable()
    .default(null)
    .describe('features whose 20 top examples share one token, among those with 20 examples'),
  densityHistogram: histogram.describe('of log10(density) over the features that are not dead'),
  explanationScores: z
    .array(
      z.strictObject({
        explainer: z.string(),
        activation: distribution.describe('of the Spearman correlations'),
        logit: distribution.describe('of the shares of right answers'),
      }),
    )
    .default([]),
  intervalConsistency: z
    .array(
      z.strictObject({
        level: count
          .nullable()
          .describe('0 (highest) to 10, as of interval examples; null where the feature is not active'),
        tokens: count.describe(
          'tokens of that level in the intervals that its explanations were tested on; null: inactive ones at random places',
        ),
        expected: count.describe('those of them on which the explanation by rules expects it to be active'),
      }),
    )
    .default([])
    .describe('how consistent each level of activation is, over all features with an explanation'),
  training: z
    .strictObject({
      architecture: z.string(),
      vectors: count.describe('activation vectors trained on, each once'),
      l1Coefficient: z
        .number()
        .describe('lambda of the sum convention: mean over the batch of |x - x^|^2 + lambda * sum f'),
      finalLoss: z.number(),
      resamplings: z
        .array(
          z.strictObject({
            step: count,
            features: count,
            which: z.array(count).default([]).describe('the features that were given new directions'),
          }),
        )
        .describe('each time dead features were looked for to be resampled, even if there were none'),
      history: z
        .array(
          z.strictObject({
            step: count,
            reconstruction: z.number(),
            sparsity: z.number(),
            l0: z.number(),
            dead: count.describe('features that did not fire in the last window before'),
            auxiliary: z.number().nullable().default(null).describe("an auxiliary reconstruction's error"),
            loss: z.number().nullable().default(null).describe('with all coefficients'),
            explainedVariance: z
              .number()
              .nullable()
              .default(null)
              .describe('1 - reconstruction / variance of a sample of the activations'),
            gradientNorm: z.number().nullable().default(null).describe('before it is clipped'),
            lambda: z.number().nullable().default(null).describe('what the sparsity was multiplied by'),
          }),
        )
        .describe('a thinned training curve, at most a few hundred points; of batches'),
      windows: z
        .array(
          z.strictObject({
            step: count.describe('steps done when the window ended'),
            vectors: count,
            dead: count.describe('features that never fired in it'),
            live: count,
            ultralow: count
              .nullable()
              .describe('live features of density below 1e-6; null where the window is too short to tell'),
            density: histogram.describe('of log10(density) over the live features, the same bins in all'),
          }),
        )
        .default([])
        .describe('how often features were active, window by window'),
      validations: z
        .array(
          z.strictObject({
            step: count,
            tokens: count,
            l0: z.number(),
            explainedVariance: z.number().nullable(),
            originalLoss: z.number(),
            zeroAblatedLoss: z.number(),
            reconstructedLoss: z.number(),
            lossRecovered: z.number().nullable(),
          }),
        )
        .default([])
        .describe('readings on the same few held-out tokens; none where activations came from files'),
      speed: z
        .strictObject({
          vectorsPerSecond: z.number(),
          peakFraction: z
            .number()
            .nullable()
            .describe("operations of all the model's dictionaries over the adapter's measured peak, if any"),
        })
        .nullable()
        .default(null)
        .describe('over the whole stage, in which all dictionaries of a model train side by side'),
    })
    .nullable()
    .describe('null for neurons'),
});
export type DictionaryRecord = z.infer<typeof dictionaryRecord>;
export type DictionaryInput = z.input<typeof dictionaryRecord>;
