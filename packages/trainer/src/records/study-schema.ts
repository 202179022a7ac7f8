/** The record of the whole study: what the home and method pages show. See schema.ts. */
import { z } from 'zod';
import { count, histogram } from './feature-schema.ts';
import { RECORDS_VERSION } from './version.ts';

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
  shuffleOf: z
    .string()
    .nullable()
    .default(null)
    .describe(
      'letter of the model whose weight matrices have the same entries in other places; null for trained models',
    ),
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
        medianLogitWeights: z
          .number()
          .nullable()
          .default(null)
          .describe('of the correlations of the logit weights of the matched pairs'),
        medianAttribution: z
          .number()
          .nullable()
          .default(null)
          .describe('of the correlations of the attributions of the matched pairs'),
      }),
    )
    .describe('best-match correlations between models: features, then neurons'),
  provenance: z.strictObject({
    monosema: z.string().describe('version'),
    config: z.record(z.string(), z.unknown()).describe('the resolved study configuration'),
    adapter: z.strictObject({ name: z.string(), class: z.string(), driver: z.string() }),
    stages: z.array(
      z.strictObject({
        stage: z.string(),
        hash: z.string(),
        seconds: z.number(),
        adapter: z.string().nullable().default(null).describe('what it computed on; null for none'),
      }),
    ),
    tokenizerHash: z.string(),
  }),
});
export type StudyRecord = z.infer<typeof studyRecord>;
export type StudyInput = z.input<typeof studyRecord>;

/** Token id -> its bytes, base64. Tokens of a byte-level vocabulary are byte strings, not characters. */
export const vocabularyRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  tokens: z.array(z.base64()),
});
export type VocabularyRecord = z.infer<typeof vocabularyRecord>;
