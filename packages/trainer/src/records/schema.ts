/**
 * The feature records: everything the report may know about a study. One schema, written by the analysis and
 * read by the site. Numbers are raw (never formatted), counts are exact integers beside their totals, lists
 * are lists of objects. Formulas of every metric: docs/method.md.
 */
import { z } from 'zod';

/** Raised whenever a field changes its meaning or its type; a reader refuses any other version. */
export const RECORDS_VERSION = 1;

const count = z.int().min(0);
const histogram = z
  .strictObject({
    edges: z
      .array(z.number())
      .describe('bin edges in ascending order; one more than counts, or none when there are no bins'),
    counts: z.array(count),
  })
  .refine(
    ({ edges, counts }) =>
      edges.length === (counts.length === 0 && edges.length === 0 ? 0 : counts.length + 1),
    {
      error: 'expected one edge more than counts',
    },
  );

const example = z
  .strictObject({
    tokens: z.array(count).describe('token ids of the window, in reading order'),
    activations: z.array(z.number()).describe('activation of this feature on each token; 0 where inactive'),
    lossChange: z
      .array(z.number().nullable())
      .describe(
        "nats by which the loss of predicting each token changes when the feature's contribution at the token before it is removed; null where the feature did not fire there or the token before is outside the context",
      ),
    at: count.describe('index into tokens of the token the example was chosen for'),
    document: z.string().describe('id of the source document'),
    domain: z.string().nullable().describe('domain label of the document, where the corpus has them'),
  })
  .refine(
    ({ tokens, activations, lossChange, at }) =>
      activations.length === tokens.length && lossChange.length === tokens.length && at < tokens.length,
    { error: 'expected an activation and a loss change for every token, and at inside the window' },
  );

const exampleGroup = z.strictObject({
  kind: z.enum(['top', 'interval']),
  from: z.number().describe('lower bound of the activations in the group'),
  to: z.number().describe('upper bound of the activations in the group'),
  activeTokens: count.describe('evaluation tokens whose activation lies in (from, to]'),
  examples: z.array(example),
});

const tokenWeight = z.strictObject({ token: count, weight: z.number() });
const featureLink = z.strictObject({
  dictionary: z.string().describe('id of the dictionary, as A/1'),
  feature: count,
  similarity: z.number(),
});

/** One feature (or neuron) of one dictionary. */
export const featureRecord = z.strictObject({
  index: count,
  activeTokens: count.describe(
    'evaluation tokens on which the feature is active; the total is in the dictionary record',
  ),
  maxActivation: z.number(),
  meanActivation: z.number().describe('mean over the active tokens; 0 when there is none'),
  histogram: histogram.describe('of the activations on active tokens; no bins when the feature is dead'),
  exampleGroups: z.array(exampleGroup).describe('top first, then intervals from the highest to the lowest'),
  logitWeights: z.strictObject({
    top: z.array(tokenWeight),
    bottom: z.array(tokenWeight),
    histogram,
  }),
  neuronAlignment: z
    .array(z.strictObject({ neuron: count, coefficient: z.number(), share: z.number() }))
    .describe('largest coefficients of the decoder row by magnitude, each with its share of the L1 norm'),
  correlatedNeurons: z
    .array(z.strictObject({ neuron: count, pearson: z.number(), cosine: z.number() }))
    .describe('neurons whose activations correlate most over the evaluation tokens'),
  neighbours: z.array(featureLink).describe('nearest decoder rows of the same dictionary, by cosine'),
  parents: z.array(featureLink).describe('splitting edges to the next narrower dictionary, by masked cosine'),
  children: z.array(featureLink).describe('splitting edges to the next wider dictionary, by masked cosine'),
  twins: z
    .array(featureLink)
    .describe('best matches in the other model, by Pearson correlation of activations on the same tokens'),
  domains: z
    .array(z.strictObject({ domain: z.string(), activeTokens: count, topHalfTokens: count }))
    .describe(
      'domains the feature fires in, most active first: all active tokens, and those above half of the largest activation',
    ),
});
export type FeatureRecord = z.infer<typeof featureRecord>;
export type Example = z.infer<typeof example>;
export type ExampleGroup = z.infer<typeof exampleGroup>;
export type Histogram = z.infer<typeof histogram>;

/** Cross-entropies in nats per token, over the loss-evaluation tokens of a dictionary. */
const losses = z.strictObject({
  original: z.number(),
  reconstructed: z.number(),
  zeroAblated: z.number(),
  meanAblated: z.number(),
  tokens: count.describe('predicted tokens the four means are taken over'),
});

/** One dictionary, or the neurons of a model under the same heading (kind: neurons). */
export const dictionaryRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  id: z.string().describe('as A/1, or A/neurons'),
  model: z.string().describe('letter of the model'),
  kind: z.enum(['dictionary', 'neurons']),
  site: z.string().describe('hookable activation that is decomposed, as mlp-activations'),
  layer: count,
  activationWidth: count.describe('A'),
  features: count.describe('F'),
  evaluationTokens: count.describe('tokens over which activations were counted; none was trained on'),
  l0: z.number().describe('mean number of active features a token'),
  explainedVariance: z.number().nullable().describe('1 - FVU; null for neurons'),
  losses: losses.nullable().describe('null for neurons'),
  lossRecovered: z.number().nullable().describe('(zeroAblated - reconstructed) / (zeroAblated - original)'),
  deadFeatures: count.describe('features active on no evaluation token'),
  densityHistogram: histogram.describe('of log10(density) over the features that are not dead'),
  training: z
    .strictObject({
      architecture: z.string(),
      vectors: count.describe('activation vectors trained on, each once'),
      l1Coefficient: z
        .number()
        .describe('lambda of the sum convention: mean over the batch of |x - x^|^2 + lambda * sum f'),
      finalLoss: z.number(),
      resamplings: z.array(z.strictObject({ step: count, features: count })),
      history: z
        .array(
          z.strictObject({
            step: count,
            reconstruction: z.number(),
            sparsity: z.number(),
            l0: z.number(),
            dead: count,
          }),
        )
        .describe('a thinned training curve, at most a few hundred points'),
    })
    .nullable()
    .describe('null for neurons'),
});
export type DictionaryRecord = z.infer<typeof dictionaryRecord>;

/** A feature that stands for a domain, or the best that was found for it. */
const domainFeature = z.strictObject({
  domain: z.string().describe('the name shown, as Hebrew'),
  corpusDomains: z.array(z.string()).describe('domain labels of the corpus counted as this domain'),
  scripts: z
    .array(z.string())
    .optional()
    .describe('Unicode scripts whose characters are counted as this domain, in any document'),
  dictionary: z.string(),
  feature: count,
  precision: z
    .number()
    .describe('share of tokens above half of the largest activation that lie in the domain'),
  recall: z.number().describe("share of the domain's tokens on which the feature is active"),
  topHalfTokens: count,
  domainTokens: count,
});
export type DomainFeature = z.infer<typeof domainFeature>;

const modelRecord = z.strictObject({
  id: z.string(),
  layers: count,
  dModel: count,
  dMlp: count,
  heads: count,
  context: count,
  vocabulary: count,
  activation: z.string(),
  parameters: count,
  seed: count,
  trainingTokens: count,
  validationTokens: count,
  trainLoss: z.number(),
  validationLoss: z.number(),
  unigramLoss: z.number(),
  bigramLoss: z.number().describe('count model with add-one smoothing on the same training tokens'),
  history: z.array(z.strictObject({ step: count, tokens: count, loss: z.number() })),
});
export type ModelRecord = z.infer<typeof modelRecord>;

/** The whole study: what the home and method pages show. */
export const studyRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  name: z.string(),
  models: z.array(modelRecord),
  dictionaries: z
    .array(z.string())
    .describe('ids in display order; each has a dictionary.json and features.parquet'),
  corpus: z.strictObject({
    documents: count,
    bytes: count,
    trainTokens: count,
    validationTokens: count,
    domains: z.array(
      z.strictObject({ domain: z.string(), documents: count, bytes: count, validationTokens: count }),
    ),
  }),
  domainFeatures: z.array(domainFeature),
  universality: z
    .array(
      z.strictObject({
        from: z.string(),
        to: z.string(),
        medianCorrelation: z.number(),
        compared: count.describe('live features (or neurons) the median is taken over'),
        histogram,
      }),
    )
    .describe('best-match correlations between models: features, then neurons'),
  provenance: z.strictObject({
    monosema: z.string().describe('version'),
    config: z.record(z.string(), z.unknown()).describe('the resolved study configuration'),
    adapter: z.strictObject({ name: z.string(), class: z.string(), driver: z.string() }),
    stages: z.array(z.strictObject({ stage: z.string(), hash: z.string(), seconds: z.number() })),
    tokenizerHash: z.string(),
  }),
});
export type StudyRecord = z.infer<typeof studyRecord>;

/** Token id -> its bytes, base64. Tokens of a byte-level vocabulary are byte strings, not characters. */
export const vocabularyRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  tokens: z.array(z.base64()),
});
export type VocabularyRecord = z.infer<typeof vocabularyRecord>;
