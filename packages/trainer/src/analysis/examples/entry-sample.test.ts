import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { EntrySample } from './entry-sample.ts';

test('a sample keeps as many entries as there is room for, each with its own value', () => {
  const uniform = uniforms(1);
  const values = Array.from({ length: 3000 }, () => Math.fround(uniform() * 4));
  const sample = new EntrySample(Float64Array.of(3000, 2), 100, 9);
  values.forEach((value, token) => sample.add(0, value, token));
  sample.add(1, 0.5, 7);
  const kept = sample.of(0);
  expect(new Set(kept.map(({ token }) => token)).size).toBe(100);
  expect(kept.every(({ token, value }) => values[token] === value)).toBe(true);
  expect(kept.map(({ value }) => value)).toEqual(kept.map(({ value }) => value).toSorted((a, b) => b - a));
  expect(sample.of(1)).toEqual([{ token: 7, value: 0.5 }]);
  const few = sample.first(0, 5);
  expect(few).toHaveLength(5);
  expect(few.every((token) => kept.some((entry) => entry.token === token))).toBe(true);
});

test('the choice depends on the seed alone, not on the order in which entries come', () => {
  const choose = (seed: number, tokens: readonly number[]) => {
    const sample = new EntrySample(Float64Array.of(100), 7, seed);
    for (const token of tokens) sample.add(0, 1, token);
    return sample.of(0).map(({ token }) => token);
  };
  const tokens = Array.from({ length: 100 }, (_, token) => token);
  expect(choose(1, tokens)).toEqual(choose(1, tokens.toReversed()));
  expect(choose(1, tokens)).not.toEqual(choose(2, tokens));
});

test('every entry is as likely to be kept as any other', () => {
  const times = new Float64Array(20);
  const trials = 4000;
  for (let seed = 0; seed < trials; seed++) {
    const sample = new EntrySample(Float64Array.of(20), 5, seed);
    for (let token = 0; token < 20; token++) sample.add(0, 3, token);
    for (const { token } of sample.of(0)) times[token]! += 1;
  }
  // A quarter each, within five standard deviations.
  for (const count of times)
    expect(Math.abs(count / trials - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / trials));
});
