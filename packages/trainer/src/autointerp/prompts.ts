import type { Exam, ExamPassage } from '../records/schema.ts';
import type { Message } from './answer-store.ts';
import { workedExamples } from './worked-examples.ts';

/** Activations are shown and predicted in steps from 0 to this. */
export const STEPS = 9;

/** A token in a list, unmistakable whatever is in it. @param bytes of the token */
export type Spell = (token: number) => string;

/** Tokens that are no text of their own are given by their bytes. */
export function spellForModel(bytes: Uint8Array): string {
  try {
    return JSON.stringify(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return `bytes ${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}`;
  }
}

const ABOUT =
  'You study a small language model. A sparse autoencoder has split its activations into features. Each feature is active on some tokens of a text and inactive on most; where it is active, it changes which token the model expects next.';

/**
 * Asks what a feature is about, as Bricken et al. 2023 ask: examples of every level of activation, places drawn at
 * random, places where its strongest tokens stand anywhere, and the ends of its logit weights; after eight worked
 * examples.
 */
export function explainPrompt({ study, max, strongestLogits, weakestLogits }: Exam, spell: Spell): Message[] {
  const passages = study.map(
    ({ group, tokens, activations }) =>
      `[${group}]\n${tokens.map((token, i) => `${spell(token)}\t${stepOf(activations[i]!, max)}`).join('\n')}`,
  );
  return [
    {
      role: 'system',
      content: `${ABOUT} You will see passages of text, a token a line, each token followed by how active one feature is on it, from 0 (inactive) to ${STEPS} (as active as it ever is). A passage begins with why it was chosen: the top of the activations, one of eleven intervals from the largest (interval 0) down to nothing (interval 10), the bottom, a random place, or a place where one of the feature's strongest tokens stands in whatever context. You will also see the tokens that the feature makes most and least likely to come next.

Say what makes the feature active, and what it makes the model expect. Be as specific as the evidence allows and no more, look at weak activations as well as at strong ones, and name a context where the token alone does not decide. Think first if you need to. Then give the explanation in one or two sentences, without quoting examples, between <answer> and </answer>. Worked examples come first, of features of other models.`,
    },
    ...workedExamples(),
    {
      role: 'user',
      content: `${passages.join('\n\n')}\n\nMade likelier: ${strongestLogits.map(spell).join(', ')}\nMade less likely: ${weakestLogits.map(spell).join(', ')}`,
    },
  ];
}

/** Asks for a feature's activations on passages, given an explanation alone. Tokens are numbered from 1. */
export function simulatePrompt(
  explanation: string,
  passages: readonly ExamPassage[],
  spell: Spell,
): Message[] {
  let number = 0;
  const listed = passages.map(({ tokens }) =>
    tokens.map((token) => `${(number += 1)}\t${spell(token)}`).join('\n'),
  );
  return [
    {
      role: 'system',
      content: `${ABOUT} You will see an explanation of one feature, then passages of text, a numbered token a line, a blank line between two passages. Predict from the explanation how active the feature is on every token, from 0 (inactive, as it is on most tokens) to ${STEPS} (as active as it ever is). A token is judged with what stands before it in its passage; what stands after it cannot matter.

Answer with one line for each of the ${number} tokens, in order: its number, a space, and the prediction. Write nothing else.`,
    },
    { role: 'user', content: `Explanation: ${explanation}\n\n${listed.join('\n\n')}` },
  ];
}

/** Asks which tokens a feature makes likelier, given an explanation alone. Tokens are numbered from 1. */
export function logitsPrompt(explanation: string, tokens: readonly number[], spell: Spell): Message[] {
  return [
    {
      role: 'system',
      content: `${ABOUT} You will see an explanation of one feature, then a list of numbered tokens. Some of them become likelier as the next token where the feature is active; the others were drawn at random from the vocabulary. Judge from the explanation which ones it makes likelier.

Answer with one line for each of the ${tokens.length} tokens, in order: its number, a space, and yes or no. Write nothing else.`,
    },
    {
      role: 'user',
      content: `Explanation: ${explanation}\n\n${tokens.map((token, i) => `${i + 1}\t${spell(token)}`).join('\n')}`,
    },
  ];
}

/** An activation in whole steps of the largest; what is active is never shown as 0. */
function stepOf(activation: number, max: number): number {
  return activation <= 0 ? 0 : Math.max(1, Math.min(STEPS, Math.round((STEPS * activation) / max)));
}
