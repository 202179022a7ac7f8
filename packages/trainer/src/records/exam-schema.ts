/** What an explainer may study of a feature, and what its explanation is then judged by; a file a dictionary. */
import { z } from 'zod';
import { count } from './feature-schema.ts';

const passage = z.strictObject({
  group: z
    .string()
    .describe('why it was chosen: top, interval 0 to interval 10, bottom, random place, or strongest token'),
  tokens: z.array(count),
  activations: z.array(z.number()).describe('on each of the tokens, to four digits'),
});

/** The examples and questions of one feature; no token of an example to study is in one to test. */
export const exam = z.strictObject({
  max: z.number().describe('largest activation of the feature'),
  study: z.array(passage),
  test: z.array(passage),
  strongestLogits: z.array(count).describe('tokens with the largest logit weights, largest first'),
  weakestLogits: z.array(count).describe('tokens with the smallest, smallest first'),
  questions: z
    .array(z.strictObject({ token: count, likelier: z.boolean() }))
    .describe('tokens that an explanation must tell the direction of'),
});
export type Exam = z.infer<typeof exam>;
export type ExamPassage = Exam['study'][number];
