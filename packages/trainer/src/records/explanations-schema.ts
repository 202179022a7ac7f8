/** What a language model said of the features of one dictionary; explanations/A/1.json, where one was asked. */
import { z } from 'zod';
import { distribution } from './dictionary-schema.ts';
import { count, explanation } from './feature-schema.ts';
import { RECORDS_VERSION } from './version.ts';

export const explanationsRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  dictionary: z.string(),
  explainer: z.string().describe('name of the language model'),
  features: z.array(explanation.omit({ explainer: true }).extend({ feature: count })),
  asked: count.describe('features that were asked about; those without a readable answer are not listed'),
  scores: z.strictObject({
    activation: distribution.describe('of the Spearman correlations'),
    logit: distribution.describe('of the shares of right answers'),
  }),
});
export type ExplanationsRecord = z.infer<typeof explanationsRecord>;
