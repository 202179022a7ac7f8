import { describe, expect, test } from 'vitest';
import {
  assertClose,
  assertWithinRoundings,
  checkGradient,
  sample,
  seededRandom,
  Sums,
  type OpReference,
} from './index.ts';

// The tools that every other numeric test leans on must themselves be able to fail.

describe('assertClose', () => {
  test('shows the shape, the first bad index, both values and how many are bad', () => {
    const compare = () => assertClose('y', [2, 3], [0, 1, 2, 3.5, 4, NaN], [0, 1, 2, 3, 4, 5], () => 0.25);
    expect(compare).toThrowErrorMatchingInlineSnapshot(
      `[Error: y (2,3): 2 of 6 elements are off, first at (1,0): got 3.5, want 3, difference 0.5, allowed 0.25]`,
    );
  });

  test('accepts no NaN and no other length, and a difference of exactly what is allowed', () => {
    expect(() => assertClose('y', [1], [NaN], [NaN], () => Infinity)).toThrow('got NaN');
    expect(() => assertClose('y', [2], [1], [1, 2], () => 1)).toThrow('expected 2 elements, got 1');
    assertClose('y', [1], [1.25], [1], () => 0.25);
  });
});

test('a bound of roundings grows with the terms, and without roundings only equality will do', () => {
  const want = new Sums(1);
  want.add(0, 1000);
  want.add(0, -999);
  const near = 1 + 1999 * 2 ** -24;
  assertWithinRoundings('y', [1], [near], want, 1);
  expect(() => assertWithinRoundings('y', [1], [1 + 2000 * 2 ** -24], want, 1)).toThrow();
  expect(() => assertWithinRoundings('y', [1], [1 + 2 ** -24], want, 0)).toThrow();
});

describe('checkGradient', () => {
  const softmax = (x: Float64Array) => {
    const exponentials = x.map(Math.exp);
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    return exponentials.map((value) => value / total);
  };
  const reference = (
    backward: (p: Float64Array, dy: Float64Array) => Float64Array,
  ): Pick<OpReference<'x'>, 'forward' | 'backward'> => ({
    forward: ({ x }) => ({ values: softmax(x), terms: x }),
    backward: ({ x }, cotangent) => ({ x: { values: backward(softmax(x), cotangent), terms: x } }),
  });
  const x = sample([5], seededRandom(1).normal);

  test('accepts the gradient of a softmax', () => {
    checkGradient(
      reference((p, dy) =>
        p.map((value, i) => value * (dy[i]! - dy.reduce((sum, d, j) => sum + d * p[j]!, 0))),
      ),
      { x },
    );
  });

  test('refuses zeros, which a plain sum as loss would accept, and an error of one in a million', () => {
    expect(() =>
      checkGradient(
        reference((p) => p.map(() => 0)),
        { x },
      ),
    ).toThrow(/^dx \(5\): 5 of 5 elements are off, first at \(0\)/);
    const slightly = reference((p, dy) =>
      p.map((value, i) => (1 + 1e-6) * value * (dy[i]! - dy.reduce((sum, d, j) => sum + d * p[j]!, 0))),
    );
    expect(() => checkGradient(slightly, { x })).toThrow(/^dx/);
  });
});

describe('seededRandom', () => {
  test('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number) => sample([8], seededRandom(seed).normal).values;
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('draws normals with mean 0 and variance 1, uniforms in their interval, and every whole number below an end', () => {
    const random = seededRandom(3);
    const normals = Array.from({ length: 20_000 }, random.normal);
    const mean = normals.reduce((sum, value) => sum + value, 0) / normals.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(normals.reduce((sum, value) => sum + value * value, 0) / normals.length).toBeCloseTo(1, 1);
    const uniforms = Array.from({ length: 1000 }, () => random.uniform(-2, 3));
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...uniforms)).toBeLessThan(3);
    expect(new Set(Array.from({ length: 200 }, () => random.below(5)))).toEqual(new Set([0, 1, 2, 3, 4]));
  });
});
