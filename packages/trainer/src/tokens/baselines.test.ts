import { describe, expect, test } from 'vitest';
import { baselines, contextRange } from './baselines.ts';
import { Contexts } from './contexts.ts';
import { pairCounts } from './pair-counts.ts';
import { scramble } from './scramble.ts';

describe('baselines', () => {
  test('are the cross-entropies of add-one counts, worked by hand', () => {
    // Predictions counted: 0>1, 1>0, 0>1 and 1>2. Of V = 3: n = 4, n(0,1) = 2, n(1,0) = n(1,2) = 1.
    const { unigram, bigram, tokens } = baselines(
      [Uint32Array.of(0, 1, 0), Uint32Array.of(0, 1, 2)],
      [Uint32Array.of(0, 1, 2, 0)],
      3,
    );
    expect(tokens).toBe(3);
    expect(unigram).toBeCloseTo(-(Math.log(3 / 7) + Math.log(2 / 7) + Math.log(2 / 7)) / 3, 12);
    expect(bigram).toBeCloseTo(-(Math.log(3 / 5) + Math.log(2 / 5) + Math.log(1 / 3)) / 3, 12);
  });

  test('are ln V without training text', () => {
    const { unigram, bigram } = baselines([], [Uint32Array.of(1, 2, 3)], 50);
    expect(unigram).toBeCloseTo(Math.log(50), 12);
    expect(bigram).toBeCloseTo(Math.log(50), 12);
  });

  test('approach the entropies of a source whose entropies are known', () => {
    // A ring of 8 states: forward with probability 3/4, else back. Entropy 0.5623 nats a token, ln 8 without context.
    const walk = (length: number, seed: number): Uint32Array<ArrayBuffer> => {
      let state = 0;
      return Uint32Array.from(
        { length },
        (_, i) => (state = (state + (scramble(seed, i) % 4 < 3 ? 1 : 7)) % 8),
      );
    };
    const contextsOf = (tokens: Uint32Array<ArrayBuffer>) =>
      new Contexts(
        { length: tokens.length, read: (start, count) => tokens.slice(start, start + count) },
        64,
        'walk',
      );
    const [train, validation] = [contextsOf(walk(200_001, 1)), contextsOf(walk(50_001, 2))];
    const { unigram, bigram, tokens } = baselines(contextRange(train), contextRange(validation), 8);
    expect(tokens).toBe(781 * 64);
    expect(unigram).toBeCloseTo(Math.log(8), 2);
    expect(bigram).toBeCloseTo(0.5623, 2);
  });
});

test('pair counts above 8,192 tokens are those of a Map, with many pairs and large ids', () => {
  const vocabulary = 200_000;
  const counts = pairCounts(vocabulary);
  const expected = new Map<string, number>();
  const pairs = Array.from({ length: 150_000 }, (_, i): [number, number] => [
    scramble(1, i) % 300,
    vocabulary - 1 - (scramble(2, i) % 300),
  ]);
  for (const [left, right] of pairs) {
    counts.increment(left, right);
    expected.set(`${left},${right}`, (expected.get(`${left},${right}`) ?? 0) + 1);
  }
  expect(expected.size).toBeGreaterThan(65_536);
  for (const [left, right] of pairs)
    if (counts.get(left, right) !== expected.get(`${left},${right}`)) expect([left, right]).toBeNull();
  expect(counts.get(vocabulary - 1, 0)).toBe(0);
});
