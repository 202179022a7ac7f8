import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { groupTokens } from './embedding.ts';
import { embeddingReference } from './embedding.reference.ts';

test('the gradients of both tables agree with central differences', () => {
  const random = seededRandom(1);
  const tokens = Uint32Array.of(2, 0, 2, 2, 4, 0); // 1 and 3 never occur; the last position is beyond the context
  checkGradient(embeddingReference({ tokens, vocabulary: 5, positions: 4, context: 3, width: 2 }), {
    tokenTable: sample([5, 2], random.normal),
    positionTable: sample([4, 2], random.normal),
  });
});

test('tokens are grouped by id, positions ascending in a group', () => {
  const { order, starts } = groupTokens(Uint32Array.of(2, 0, 2, 2, 4, 0), 5);
  expect([...order]).toEqual([1, 5, 0, 2, 3, 4]);
  expect([...starts]).toEqual([0, 2, 2, 5, 5, 6]);
});

test('an id beyond the vocabulary is refused with its position', () => {
  expect(() => groupTokens(Uint32Array.of(2, 0, 5), 5)).toThrow(
    'groupTokens: expected ids below the vocabulary of 5, got 5 at position 2',
  );
});
