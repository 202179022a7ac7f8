import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { StrongestTokens } from './strongest.ts';

const CONTEXT = 8;

function strongest(values: readonly number[], k: number): number[] {
  const kept = new StrongestTokens(2, k);
  values.forEach((value, token) => {
    if (value > 0) kept.add(1, value, token);
    if ((token + 1) % CONTEXT === 0) kept.close();
  });
  kept.close();
  expect(kept.of(0)).toEqual([]);
  for (const { token, value } of kept.of(1)) expect(value).toBe(values[token]);
  return kept.of(1).map(({ token }) => token);
}

test('of many contexts each gives its strongest token, and the strongest of these are kept', () => {
  const uniform = uniforms(1);
  const values = Array.from({ length: 40 * CONTEXT }, () => (uniform() < 0.3 ? uniform() : 0));
  const bestOfContexts = Array.from({ length: 40 }, (_, c) => {
    const tokens = Array.from({ length: CONTEXT }, (_value, t) => c * CONTEXT + t);
    return tokens.reduce((best, token) => (values[token]! > values[best]! ? token : best));
  });
  const wanted = bestOfContexts.toSorted((a, b) => values[b]! - values[a]!).slice(0, 10);
  expect(strongest(values, 10)).toEqual(wanted);
});

test('where there are too few contexts the next strongest tokens fill the rest', () => {
  const values = Array.from({ length: 3 * CONTEXT }, () => 0);
  [values[0], values[1], values[2], values[9]] = [5, 4, 1, 3];
  expect(strongest(values, 3)).toEqual([0, 1, 9]);
  expect(strongest(values, 20)).toEqual([0, 1, 9, 2]);
});

test('of equal activations the earlier comes first', () => {
  const values = Array.from({ length: 4 * CONTEXT }, () => 1);
  expect(strongest(values, 3)).toEqual([0, 8, 16]);
});
