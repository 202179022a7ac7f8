import { logitShare, simulationScore } from '../analysis/explain/score.ts';
import { uniforms } from '../random/seeded.ts';
import type { Exam, ExplanationsRecord } from '../records/schema.ts';
import type { AnswerStore, Message } from './answer-store.ts';
import type { ChatEndpoint } from './chat-endpoint.ts';
import { explainPrompt, logitsPrompt, simulatePrompt, type Spell } from './prompts.ts';
import { readActivations, readExpected, readExplanation, type Read } from './read-answers.ts';

export type Explained = Omit<ExplanationsRecord['features'][number], 'feature'>;

/** Times that a model is told what is wrong with its answer. */
const REMINDERS = 2;

export interface ExplainParts {
  readonly endpoint: ChatEndpoint;
  readonly store: AnswerStore;
  readonly spell: Spell;
  readonly seed: number;
  /** Told the last answer to a question that was answered in no form that can be read. */
  readonly unread: (answer: string) => void;
}

/**
 * Has a language model explain a feature, and then, in conversations of their own, predict from the explanation alone
 * the activations on passages that were not studied and the tokens that are made likelier.
 *
 * @returns null where the model gives no explanation that can be read; a score is null where its answer cannot
 */
export async function explainFeature(exam: Exam, parts: ExplainParts): Promise<Explained | null> {
  const { spell, seed } = parts;
  const text = await ask(explainPrompt(exam, spell), readExplanation, parts);
  if (text === null) return null;
  // In the order in which they were chosen, the first would be the strongest and the likelier.
  const passages = shuffled(exam.test, seed);
  const questions = shuffled(exam.questions, seed);
  const truth = passages.flatMap(({ activations }) => activations);
  const expected =
    truth.length === 0
      ? null
      : await ask(
          simulatePrompt(text, passages, spell),
          (answer) => readActivations(answer, truth.length),
          parts,
        );
  const likelier =
    questions.length === 0
      ? null
      : await ask(
          logitsPrompt(
            text,
            questions.map(({ token }) => token),
            spell,
          ),
          (answer) => readExpected(answer, questions.length),
          parts,
        );
  return {
    text,
    activationScore: expected === null ? null : simulationScore(expected, truth),
    logitScore: likelier === null ? null : logitShare(questions, (_, i) => likelier[i]!),
  };
}

/**
 * Asks until the answer can be read; null where it never can. The last of such answers is not kept: it is asked for again
 * by the next run.
 */
async function ask<T>(
  messages: readonly Message[],
  read: (answer: string) => Read<T>,
  { endpoint, store, unread }: ExplainParts,
): Promise<T | null> {
  let conversation = messages;
  for (let reminders = 0; ; reminders++) {
    const known = store.find(conversation);
    const answer = known ?? (await endpoint.answer(conversation));
    const said = read(answer);
    if ('fault' in said && reminders === REMINDERS) {
      unread(answer);
      return null;
    }
    if (known === null) store.keep(conversation, answer);
    if ('value' in said) return said.value;
    conversation = [
      ...conversation,
      { role: 'assistant', content: answer },
      {
        role: 'user',
        content: `That could not be used: ${said.fault}. Answer again, in the form asked for.`,
      },
    ];
  }
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const uniform = uniforms(seed);
  return list
    .map((item) => ({ item, lot: uniform() }))
    .sort((a, b) => a.lot - b.lot)
    .map(({ item }) => item);
}
