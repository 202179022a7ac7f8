import { describe, expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { chooseExamples } from './choose-examples.ts';
import type { Hypothesis } from './explainer.ts';
import { VocabularyClasses } from './logit-words.ts';
import { textOf, type Passage } from './passage.ts';
import { spearman } from './rank-correlation.ts';
import { activationScore, logitQuestions, logitScore } from './score.ts';
import { classesOf } from './token-classes.ts';

const byte = Uint8Array.of(0x61);
const passage = (activations: readonly number[]): Passage => ({
  ...textOf(
    activations.map((_, i) => i),
    activations.map(() => byte),
    null,
  ),
  activations,
});
const hypothesis = (given: Partial<Hypothesis>): Hypothesis => ({
  text: '',
  simulate: ({ tokens }) => tokens.map(() => 0),
  expects: () => false,
  ...given,
});

describe('the score of simulated activations', () => {
  const passages = [passage([0, 0, 3, 0.5]), passage([1, 0, 0, 0])];

  test('is 1 for an oracle, also when it only gets the order right', () => {
    const truths = passages.map(({ activations }) => activations);
    let next = 0;
    const oracle = hypothesis({ simulate: () => truths[next++]!.map((value) => Math.log(1 + 7 * value)) });
    expect(activationScore(oracle, passages)).toBeCloseTo(1, 12);
  });

  test('is 0 for whoever says the same of every token', () => {
    expect(activationScore(hypothesis({ simulate: ({ tokens }) => tokens.map(() => 5) }), passages)).toBe(0);
  });

  test('is -1 for whoever has it the wrong way round', () => {
    const wrong = [passage([1, 2, 3])];
    expect(activationScore(hypothesis({ simulate: () => [3, 2, 1] }), wrong)).toBeCloseTo(-1, 12);
  });

  test('does not exist where the feature is as active everywhere', () => {
    expect(activationScore(hypothesis({}), [passage([0, 0, 0])])).toBeNull();
  });

  test('shares ranks among ties, as Spearman does', () => {
    // Ranks 0.5, 0.5, 2, 3 and 0, 1, 2, 3, whose Pearson correlation is 4.5 / √(4.5 · 5).
    expect(spearman([1, 1, 2, 5], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  });
});

describe('the score of logits', () => {
  const ranked = Array.from({ length: 60 }, (_, i) => 200 - i);
  const questions = logitQuestions(ranked, 400, uniforms(1));

  test('asks of fifty tokens that are likelier and fifty others, none of them shown before', () => {
    const likelier = questions.filter((question) => question.likelier).map(({ token }) => token);
    expect(likelier).toEqual(ranked.slice(10, 60));
    const others = questions.filter((question) => !question.likelier).map(({ token }) => token);
    expect(new Set(others).size).toBe(50);
    expect(others.filter((token) => ranked.includes(token))).toEqual([]);
  });

  test('is 1 for an oracle and one half for whoever always says the same', () => {
    const oracle = hypothesis({ expects: (token) => ranked.includes(token) });
    expect(logitScore(oracle, questions)).toBe(1);
    expect(logitScore(hypothesis({ expects: () => true }), questions)).toBe(0.5);
  });

  test('is about one half for a guesser', () => {
    const uniform = uniforms(2);
    const scores = Array.from({ length: 200 }, () =>
      logitScore(hypothesis({ expects: () => uniform() < 0.5 }), questions)!,
    );
    // The mean of 200 · 100 fair coins has a standard deviation of 0.0035.
    expect(Math.abs(scores.reduce((sum, score) => sum + score, 0) / 200 - 0.5)).toBeLessThan(0.02);
  });

  test('is high for classes of tokens when likelier tokens are of a class', () => {
    const texts = Array.from({ length: 400 }, (_, i) =>
      i > 140 && i <= 200 ? `${i}` : ` word${'x'.repeat(i % 5)}`,
    );
    const vocabulary = new VocabularyClasses(classesOf(texts));
    const odds = vocabulary.odds(ranked.slice(0, 10));
    expect(vocabulary.nameOf(ranked.slice(0, 10))).toBe('digits');
    expect(logitScore(hypothesis({ expects: (token) => odds(token) > 0 }), questions)).toBeGreaterThan(0.95);
  });

  test('classes that neither the strongest tokens nor another token is of say nothing of it', () => {
    const digits = Array.from({ length: 100 }, (_, i) => `${i}`);
    const words = Array.from({ length: 100 }, (_, i) => ` word${'abcdefghij'[i % 10]!.repeat(1 + i / 10)}`);
    const scripts = Array.from('שعжγ漢ひカ한กकবதతაաአខကසབગਗಕകກᠠ');
    const strongest = [0, 1, 2, 3, 4, 5, 6, 100, 101, 102];
    for (const others of [[], scripts]) {
      const odds = new VocabularyClasses(classesOf([...digits, ...words, ...others])).odds(strongest);
      expect(odds(50)).toBeGreaterThan(0);
      expect(odds(150)).toBeLessThan(0);
    }
  });

  test('asks nothing where the vocabulary has too few other tokens', () => {
    expect(logitQuestions(ranked, 70, uniforms(1))).toEqual([]);
  });
});

test('examples to study and to test share no token, and each has its share of every group', () => {
  const place = (from: number, count: number) =>
    Array.from({ length: count }, (_, i) => (from + i) * 64 + 30);
  const chosen = chooseExamples(
    {
      top: place(0, 20),
      groups: Array.from({ length: 12 }, (_, group) => ({
        name: `interval ${group}`,
        tokens: place(20 + 5 * group, 5),
      })),
      random: place(100, 15),
      outOfContext: [...place(0, 3), ...place(200, 27)],
    },
    64,
    7,
    ({ start }) => `${start}`,
  );
  const tokens = (windows: typeof chosen.study) =>
    windows.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
  const studied = new Set(tokens(chosen.study));
  expect(tokens(chosen.test).filter((token) => studied.has(token))).toEqual([]);
  expect(new Set(tokens(chosen.test)).size).toBe(tokens(chosen.test).length);
  // 10 + 12·2 + 5 + 10 and 6 + 12·2 + 10 + 20, less the three repeated places.
  expect(chosen.study.length + chosen.test.length).toBeGreaterThanOrEqual(49 + 60 - 6);
  expect(chosen.study.every(({ start, end }) => end - start === 9)).toBe(true);
  expect(chosen.study.filter(({ group }) => group === 'top')).toHaveLength(10);
  expect(chosen.test.filter(({ group }) => group === 'interval 3')).toHaveLength(2);
});

test('an example that says what a studied one says, at another place, is no test of an explanation', () => {
  // A text of twenty sentences, over and over.
  const textOf = ({ start }: { readonly start: number }) => `sentence ${Math.floor(start / 64) % 20}`;
  const everyContext = (from: number, count: number, step = 1) =>
    Array.from({ length: count }, (_, i) => (from + step * i) * 64 + 30);
  const chosen = chooseExamples(
    // The strongest say the first sentence, and random places any.
    { top: everyContext(0, 20, 20), groups: [], random: everyContext(1001, 15), outOfContext: [] },
    64,
    7,
    textOf,
  );
  const studied = new Set(chosen.study.map(textOf));
  expect(studied).toContain('sentence 0');
  expect(chosen.test.filter((example) => studied.has(textOf(example)))).toEqual([]);
  // Random places that say something else are left to test.
  expect(chosen.test).toHaveLength(10);
});
