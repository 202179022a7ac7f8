/** What a page needs to compute with the study's models: playground/playground.json, and what lies beside it. */
import { z } from 'zod';
import { count } from './feature-schema.ts';
import { RECORDS_VERSION } from './version.ts';

const file = z.strictObject({ bytes: count, sha256: z.string() });

/** Models and dictionaries that are handed out with the records, in the formats of the run. */
export const playgroundRecord = z.strictObject({
  version: z.literal(RECORDS_VERSION),
  site: z.string().describe('hookable activation that the dictionaries take apart'),
  layer: count,
  limit: count.describe('bytes that a tokenizer, a model and one of its dictionaries may have together'),
  tokenizer: z
    .strictObject({
      ...file.shape,
      imported: z.boolean().describe('whether it came along with a model, and was not learnt'),
      endOfText: count,
    })
    .describe('playground/tokenizer.json'),
  models: z.array(
    z.strictObject({
      id: z.string(),
      weights: file.describe('playground/A/model.safetensors, with its config.json beside it'),
    }),
  ),
  dictionaries: z.array(
    z.strictObject({
      id: z.string(),
      weights: file.describe('playground/A/1/sae_weights.safetensors, with its cfg.json beside it'),
    }),
  ),
  tooLarge: z
    .array(z.strictObject({ id: z.string(), bytes: count }))
    .describe('dictionaries above the limit, with the bytes that a reader would have to load'),
});
export type PlaygroundRecord = z.infer<typeof playgroundRecord>;
