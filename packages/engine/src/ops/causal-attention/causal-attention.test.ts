import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { causalAttentionReference } from './causal-attention.reference.ts';

const SIZES = { sequences: 2, context: 4, heads: 2, headWidth: 3 };

test('the gradient of causal attention agrees with central differences', () => {
  checkGradient(causalAttentionReference(SIZES), { qkv: sample([8, 18], seededRandom(1).normal) });
});

test('a position sees itself and what came before in its own sequence, and nothing else', () => {
  const random = seededRandom(2);
  const reference = causalAttentionReference(SIZES);
  const { values } = sample([8, 18], random.normal);
  const before = reference.forward({ qkv: values }).values;
  // Another sixth row: the second position of the second sequence.
  const changed = reference.forward({
    qkv: values.map((value, i) => (Math.floor(i / 18) === 5 ? value + 1 : value)),
  }).values;
  const rowsThatMoved = [...Array(8).keys()].filter((row) =>
    before.some((value, i) => Math.floor(i / 6) === row && value !== changed[i]),
  );
  expect(rowsThatMoved).toEqual([5, 6, 7]);
});
