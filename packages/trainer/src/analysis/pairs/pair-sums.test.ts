import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { column, entriesOf, randomActivations, sourceOf } from '../testing/planted.ts';
import { cosine, maskedCosine, pearson } from './correlation.ts';
import { momentsOf } from '../feature-source.ts';
import { pairSums, type PairOptions } from './pair-sums.ts';

const LEFT = randomActivations(5000, [0.5, 0.02, 0, 0.9, 0.1], uniforms(1));
const RIGHT = randomActivations(5000, [0.3, 0.01, 1], uniforms(2));
const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

function allSums(options: PairOptions) {
  const found = new Map<string, { product: number; left: number; right: number }>();
  const [left, right] = [sourceOf('A/0', LEFT), sourceOf('A/1', RIGHT)];
  let blocks = 0;
  for (const { from, to, products, leftSquares, rightSquares } of pairSums(
    left.entries,
    right.entries,
    { left: 5, right: 3 },
    options,
  )) {
    blocks += 1;
    for (let i = from; i < to; i++) {
      for (let j = 0; j < 3; j++) {
        const at = (i - from) * 3 + j;
        found.set(`${i},${j}`, { product: products[at]!, left: leftSquares[at]!, right: rightSquares[at]! });
      }
    }
  }
  return { left, right, found, blocks };
}

test.each([
  { maxBytes: 1e6, blocks: 1 },
  { maxBytes: 3 * 8 * 3 * 2, blocks: 3 },
  { maxBytes: 1, blocks: 5 },
])('sums of pairs agree with dense sums, in $blocks blocks', ({ maxBytes, blocks }) => {
  const all = allSums({ masked: true, maxBytes });
  expect(all.blocks).toBe(blocks);
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 3; j++) {
      const [f, g] = [column(LEFT, i), column(RIGHT, j)];
      const { product, left, right } = all.found.get(`${i},${j}`)!;
      expect(product).toBeCloseTo(sum(f.map((value, t) => value * g[t]!)), 8);
      expect(left).toBeCloseTo(sum(f.map((value, t) => (g[t]! > 0 ? value * value : 0))), 8);
      expect(right).toBeCloseTo(sum(g.map((value, t) => (f[t]! > 0 ? value * value : 0))), 8);
    }
  }
});

test('sums of a dictionary with itself are the same in one block, which adds every pair once, and in many', () => {
  const entries = entriesOf(LEFT);
  const sums = (maxBytes: number) =>
    [...pairSums(entries, entries, { left: 5, right: 5 }, { masked: false, maxBytes })].length;
  expect([sums(1e6), sums(1)]).toEqual([1, 5]);
  for (const maxBytes of [1e6, 1]) {
    for (const { from, to, products } of pairSums(
      entries,
      entries,
      { left: 5, right: 5 },
      { masked: false, maxBytes },
    )) {
      for (let i = from; i < to; i++) {
        for (let j = 0; j < 5; j++) {
          const [f, g] = [column(LEFT, i), column(LEFT, j)];
          expect(products[(i - from) * 5 + j]).toBeCloseTo(sum(f.map((value, t) => value * g[t]!)), 8);
        }
      }
    }
  }
});

test('correlations from sums agree with their definitions', () => {
  const { left, right, found } = allSums({ masked: true, maxBytes: 1e6 });
  for (let i = 0; i < 5; i++) {
    for (let j = 0; j < 3; j++) {
      const [f, g] = [column(LEFT, i), column(RIGHT, j)];
      const sums = found.get(`${i},${j}`)!;
      const [mf, mg] = [sum(f) / f.length, sum(g) / g.length];
      const covariance = sum(f.map((value, t) => (value - mf) * (g[t]! - mg)));
      const deviation = (x: number[], m: number) => Math.sqrt(sum(x.map((value) => (value - m) ** 2)));
      const wanted = covariance === 0 ? 0 : covariance / (deviation(f, mf) * deviation(g, mg));
      expect(pearson(momentsOf(left, i), momentsOf(right, j), sums.product)).toBeCloseTo(wanted, 9);

      const cosineOver = (tokens: number[]) => {
        const norm = (x: number[]) => Math.sqrt(sum(tokens.map((t) => x[t]! ** 2)));
        const dot = sum(tokens.map((t) => f[t]! * g[t]!));
        return dot === 0 ? 0 : dot / (norm(f) * norm(g));
      };
      const all = f.map((_, t) => t);
      expect(cosine(left.sums.sumOfSquares[i]!, right.sums.sumOfSquares[j]!, sums.product)).toBeCloseTo(
        cosineOver(all),
        9,
      );
      const masked = maskedCosine({
        product: sums.product,
        leftSquares: left.sums.sumOfSquares[i]!,
        rightSquares: right.sums.sumOfSquares[j]!,
        leftSquaresWhereRight: sums.left,
        rightSquaresWhereLeft: sums.right,
      });
      const directions = [all.filter((t) => f[t]! > 0), all.filter((t) => g[t]! > 0)].map(cosineOver);
      expect(masked).toBeCloseTo(Math.max(...directions), 9);
      // The two directions do differ here, so taking one of them alone would not pass.
      if (i === 0 && j === 1) expect(Math.abs(directions[0]! - directions[1]!)).toBeGreaterThan(0.1);
    }
  }
});

test('a feature that never fires, or always the same, correlates with nothing', () => {
  const constant = { tokens: 10, sum: 20, sumOfSquares: 40 };
  const varying = { tokens: 10, sum: 5, sumOfSquares: 20 };
  expect(pearson(constant, varying, 10)).toBe(0);
  expect(pearson({ tokens: 10, sum: 0, sumOfSquares: 0 }, varying, 0)).toBe(0);
  expect(pearson(varying, varying, 20)).toBe(1);
});
