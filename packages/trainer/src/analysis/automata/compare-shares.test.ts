import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { compareShares, drawMixed } from './compare-shares.ts';

const PLAIN = Float64Array.of(0.5, 0.3, 0.15, 0.05);
const PINNED = Float64Array.of(0.2, 0.2, 0.2, 0.4);

test('tokens are drawn as often as the mixture says, and weighted back to each prediction', () => {
  const { tokens, weights } = drawMixed([PLAIN, PINNED], [], 2000, uniforms(1));
  const share = (token: number) => tokens.filter((drawn) => drawn === token).length / tokens.length;
  // At evenly spaced points no count is off by more than one.
  // The largest probabilities are 0.5, 0.3, 0.2 and 0.4.
  PLAIN.forEach((value, token) =>
    expect(Math.abs(share(token) - Math.max(value, PINNED[token]!) / 1.4)).toBeLessThan(1 / 1000),
  );
  for (const [of, prediction] of [PLAIN, PINNED].entries()) {
    const mass = weights.reduce((sum, row, draw) => sum + (tokens[draw] === 3 ? row[of]! : 0), 0) / 2000;
    expect(mass).toBeCloseTo(prediction[3]!, 2);
  }
});

test('tokens looked at are drawn a quarter of the time more, and no prediction gains by it', () => {
  const { tokens, weights } = drawMixed([PLAIN, PINNED], [2, 3], 4000, uniforms(3));
  const share = tokens.filter((drawn) => drawn === 3).length / tokens.length;
  expect(share).toBeCloseTo((0.75 * 0.4) / 1.4 + 0.25 / 2, 3);
  for (const [of, prediction] of [PLAIN, PINNED].entries()) {
    prediction.forEach((probability, token) => {
      const mass = weights.reduce((sum, row, draw) => sum + (tokens[draw] === token ? row[of]! : 0), 0);
      expect(mass / tokens.length).toBeCloseTo(probability, 2);
    });
  }
});

test('a token that one of many predictions makes likely is drawn as that one would, nearly', () => {
  const predictions = Array.from({ length: 60 }, (_, of) => (of === 30 ? PINNED : PLAIN));
  const { tokens, weights } = drawMixed(predictions, [], 2000, uniforms(4));
  expect(tokens.filter((token) => token === 3).length / 2000).toBeCloseTo(0.4 / 1.4, 3);
  expect(Math.max(...weights.flat())).toBeLessThanOrEqual(1.4 + 1e-12);
});

test('the shares of a feature are those of brute force, and pinning what changes nothing changes none', () => {
  const fires = (token: number) => [token === 3, token > 1];
  const samples = Array.from({ length: 40 }, (_, text) => {
    const { tokens, weights } = drawMixed([PLAIN, PINNED, PLAIN], [], 200, uniforms(2, text));
    return { weights, fired: tokens.map(fires) };
  });
  // Two hundred evenly spaced draws are off by a two-hundredth of a weight of at most 1.4.
  const first = compareShares(samples, 1, 0);
  expect(Math.abs(first.pinned - 0.4)).toBeLessThan(0.02);
  expect(Math.abs(first.plain - 0.05)).toBeLessThan(0.02);
  expect(first.pinned - first.plain).toBeGreaterThan(3 * first.standardError);
  const same = compareShares(samples, 2, 1);
  expect(same.pinned).toBe(same.plain);
  expect(same.standardError).toBe(0);
});

test('a difference in one text of many is within its standard error', () => {
  const even = { weights: [[1, 1]], fired: [[true]] };
  const odd = { weights: [[1, 3]], fired: [[true]] };
  const { pinned, plain, standardError } = compareShares([odd, even, even, even], 1, 0);
  // Differences 2, 0, 0, 0: mean 0.5, standard deviation 1, error 1 / √4.
  expect([pinned - plain, standardError]).toEqual([0.5, 0.5]);
});
