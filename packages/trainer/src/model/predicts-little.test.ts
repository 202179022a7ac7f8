import { expect, test } from 'vitest';
import { predictsLittle } from './predicts-little.ts';

test('a model that predicts no better than the frequencies of tokens is said to, with what to do', () => {
  expect(predictsLittle('A', { model: 4.2, unigram: 5 }, 'train longer')).toBeNull();
  expect(predictsLittle('A', { model: 5, unigram: 5 }, 'train longer')).toBe(
    "train-model A: expected a validation loss below the unigram's 5.000, got 5.000; the model predicts no better than the frequencies of tokens do, and its features will say little: train longer",
  );
});
