import { expect, test } from 'vitest';
import { checkStudy } from '../config/check-study.ts';
import { faultOfL0 } from './l0-fault.ts';

const faultOf = (keys: object, l0: number): string | null => {
  const { list } = checkStudy({
    name: 'x',
    corpus: { path: 'text' },
    dictionaries: { list: [{ id: 'A/1', expansion: 1, ...keys }] },
  }).dictionaries;
  return faultOfL0(list[0]!, l0);
};

test('a dictionary that misses its target says so, and one within a tenth of it nothing', () => {
  expect(faultOf({ targetL0: 10 }, 10.9)).toBeNull();
  expect(faultOf({ targetL0: 10 }, 8.9)).toBe(
    'A/1: expected an L0 of 10, got 8.9 at the end; train on more vectors, or raise dictionaries.learningRate',
  );
});

test('a dictionary that its coefficient has put to death says which one', () => {
  expect(faultOf({ l1Coefficient: 4 }, 0.6)).toBeNull();
  expect(faultOf({ l1Coefficient: 4 }, 0.01)).toMatch(
    /^A\/1: expected features that are active, got an L0 of 0\.0 at the end; lower its l1Coefficient from 4,/,
  );
  expect(faultOf({ architecture: 'jumprelu', l0Coefficient: 2 }, 0)).toContain(
    'lower its l0Coefficient from 2',
  );
});

test('what has a number of active features may have as few as it was given', () => {
  expect(faultOf({ architecture: 'batchtopk', k: 1 }, 0.3)).toBeNull();
});
