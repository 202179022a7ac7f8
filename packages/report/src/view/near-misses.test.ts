import type { Example, ExampleGroup } from '@monosema/trainer/records';
import { expect, test } from 'vitest';
import { nearMisses } from './near-misses.ts';

const example = (document: string, tokens: number[], activations: number[], at: number): Example => ({
  tokens,
  activations,
  lossChange: tokens.map(() => null),
  logitChanges: null,
  at,
  document,
  domain: null,
  duplicate: false,
});
const group = (kind: ExampleGroup['kind'], examples: Example[]): ExampleGroup => ({
  kind,
  level: null,
  from: 0,
  to: 1,
  activeTokens: 1,
  examples,
});

test('a near miss is a token of the strongest examples where the feature is not active, once a window and place', () => {
  const found = nearMisses([
    group('top', [example('a', [7, 1, 7, 7], [2, 0, 0, 0], 0), example('b', [8, 1], [1, 0], 0)]),
    group('random', [
      // The same place of the same document, in a window that begins later.
      example('a', [7, 1, 7, 9], [2, 0, 0, 1], 3),
      // 9 is no token of the strongest, and 8 is active here.
      example('c', [9, 8], [0, 0.1], 1),
      example('d', [9, 8], [1, 0], 0),
    ]),
  ]);
  expect(found?.examples.map(({ document, at }) => [document, at])).toEqual([
    ['a', 2],
    ['d', 1],
  ]);
});

test('a feature that is active wherever its tokens are has no near misses, and a dead one none either', () => {
  expect(nearMisses([group('top', [example('a', [7, 1], [2, 0], 0)])])).toBeUndefined();
  expect(nearMisses([])).toBeUndefined();
});
