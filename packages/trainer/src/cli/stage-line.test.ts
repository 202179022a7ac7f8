import { expect, test } from 'vitest';
import { stageLine } from './stage-line.ts';

test('a line of JSON about a stage has its facts, and no curve of any of its dictionaries', () => {
  const curves = { history: [{ step: 1, loss: 3 }], windows: [{ dead: 1 }], validations: [{ l0: 2 }] };
  const told = {
    stage: 'train-dictionary A',
    facts: { seconds: 4, dictionaries: { 'A/1': { deadFeatures: 2, ...curves } } },
  };
  expect(stageLine(told)).toBe(
    '{"stage":"train-dictionary A","facts":{"seconds":4,"dictionaries":{"A/1":{"deadFeatures":2}}}}\n',
  );
});
