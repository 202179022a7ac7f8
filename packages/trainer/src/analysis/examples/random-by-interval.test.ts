import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { RandomByInterval } from './random-by-interval.ts';

const MAX = Float64Array.of(4, 2);

test('every band counts its tokens and keeps some of its own', () => {
  const uniform = uniforms(1);
  const values = Array.from({ length: 3000 }, () => uniform() * 4);
  const kept = new RandomByInterval(MAX, 8, 5, 9);
  values.forEach((value, token) => kept.add(0, value, token));
  for (let band = 0; band < 8; band++) {
    const inBand = (token: number) => values[token]! > band / 2 && values[token]! <= (band + 1) / 2;
    expect(kept.count(0, band)).toBe(values.filter((_, token) => inBand(token)).length);
    const tokens = kept.of(0, band);
    expect(new Set(tokens).size).toBe(5);
    expect(tokens.every(inBand)).toBe(true);
    expect(kept.of(1, band)).toEqual([]);
  }
});

test('the choice depends on the seed alone, not on the order in which tokens come', () => {
  const choose = (seed: number, tokens: readonly number[]) => {
    const kept = new RandomByInterval(MAX, 1, 4, seed);
    for (const token of tokens) kept.add(0, 1, token);
    return kept.of(0, 0);
  };
  const tokens = Array.from({ length: 100 }, (_, token) => token);
  expect(choose(1, tokens)).toEqual(choose(1, tokens.toReversed()));
  expect(choose(1, tokens)).not.toEqual(choose(2, tokens));
});

test('every token of a band is as likely to be kept as any other', () => {
  const times = new Float64Array(20);
  const trials = 4000;
  for (let seed = 0; seed < trials; seed++) {
    const kept = new RandomByInterval(MAX, 1, 5, seed);
    for (let token = 0; token < 20; token++) kept.add(0, 3, token);
    for (const token of kept.of(0, 0)) times[token]! += 1;
  }
  // A quarter each, within five standard deviations.
  for (const count of times)
    expect(Math.abs(count / trials - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / trials));
});
