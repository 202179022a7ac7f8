import { expect, test } from 'vitest';
import { MOST, RUBRIC, complete, total } from './rubric.ts';

test('the most is 14: separation counts only where not all of the likelier tokens fit', () => {
  const highest = Object.fromEntries(RUBRIC.map(({ key, most }) => [key, most]));
  const best = complete(highest);
  expect(best && total(best)).toBe(MOST);
  const nearly = complete({ ...highest, logits: 2 });
  expect(nearly && total(nearly)).toBe(MOST);
});

test('an answer is complete when all that is asked has a number', () => {
  const scores = { confidence: 1, activations: 2, logits: 3, specificity: 0 };
  expect(complete(scores)).toEqual({ ...scores, separation: 0 });
  expect(complete({ ...scores, logits: 1 })).toBeUndefined();
  expect(complete({ ...scores, logits: 1, separation: 1 })).toMatchObject({ separation: 1 });
  expect(complete({ confidence: 1 })).toBeUndefined();
});
