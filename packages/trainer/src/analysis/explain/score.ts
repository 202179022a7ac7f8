import type { Hypothesis } from './explainer.ts';
import type { Passage } from './passage.ts';
import { spearman } from './rank-correlation.ts';

/**
 * Spearman's correlation of the activations that a hypothesis expects on some passages with the true ones, over all
 * their tokens. A hypothesis that says the same everywhere scores 0. Source: Bricken et al. 2023, after Bills et al.
 *
 * @returns null when there is nothing to score, or the feature is as active on every token
 */
export function activationScore(hypothesis: Hypothesis, passages: readonly Passage[]): number | null {
  return simulationScore(
    passages.flatMap((passage) => [...hypothesis.simulate(passage)]),
    passages.flatMap(({ activations }) => [...activations]),
  );
}

/** The same of expected and true activations, token by token. */
export function simulationScore(expected: readonly number[], truth: readonly number[]): number | null {
  return truth.every((value) => value === truth[0]) ? null : spearman(expected, truth);
}

/** Tokens that a hypothesis is asked about, with the right answers. */
export interface LogitQuestion {
  readonly token: number;
  readonly likelier: boolean;
}

/** Ranks of logit weights that questions are taken from; the ten above them are shown to the explainer. */
export const QUESTION_RANKS = { from: 10, to: 60 };

/** Share of right answers; chance is 0.5. Source: Bricken et al. 2023. @returns null without questions */
export function logitScore(hypothesis: Hypothesis, questions: readonly LogitQuestion[]): number | null {
  return logitShare(questions, ({ token }) => hypothesis.expects(token));
}

/** The same of answers, question by question. */
export function logitShare(
  questions: readonly LogitQuestion[],
  expects: (question: LogitQuestion, index: number) => boolean,
): number | null {
  if (questions.length === 0) return null;
  const right = questions.filter((question, i) => expects(question, i) === question.likelier);
  return right.length / questions.length;
}

/**
 * The paper's questions: the tokens of ranks 10 to 60 by logit weight, and as many random ones of the rest of the
 * vocabulary.
 *
 * @param ranked tokens from the largest logit weight on, at least as far as rank 60 where there are as many
 */
export function logitQuestions(
  ranked: readonly number[],
  vocabulary: number,
  uniform: () => number,
): LogitQuestion[] {
  const likelier = ranked.slice(QUESTION_RANKS.from, QUESTION_RANKS.to);
  const known = new Set(ranked.slice(0, QUESTION_RANKS.to));
  if (vocabulary - known.size < likelier.length) return [];
  const random = new Set<number>();
  while (random.size < likelier.length) {
    const token = Math.floor(uniform() * vocabulary);
    if (!known.has(token)) random.add(token);
  }
  return [
    ...likelier.map((token) => ({ token, likelier: true })),
    ...[...random].map((token) => ({ token, likelier: false })),
  ];
}
