import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { memberships } from './membership.ts';

function strengthsOf(distances: readonly number[]): Float64Array {
  const strengths = new Float64Array(distances.length);
  memberships(Float64Array.from(distances), strengths);
  return strengths;
}

/** The width at which the strengths sum to log2 k, by trying ever finer steps on a logarithmic scale. */
function widthByTrial(distances: readonly number[]): number {
  const nearest = Math.min(...distances.filter((distance) => distance > 0));
  const missed = (width: number) =>
    Math.abs(
      distances.reduce((sum, d) => sum + Math.exp(-Math.max(0, d - nearest) / width), 0) -
        Math.log2(distances.length + 1),
    );
  let [best, factor] = [1, 2];
  for (let round = 0; round < 40; round++) {
    const tried = Array.from({ length: 41 }, (_, i) => best * factor ** ((i - 20) / 2));
    best = tried.reduce((least, width) => (missed(width) < missed(least) ? width : least));
    factor **= 0.5;
  }
  return best;
}

test('strengths sum to log2 k, fall with distance, and are those of the width found by trial', () => {
  const uniform = uniforms(1);
  for (const count of [5, 14]) {
    for (const scale of [1e-3, 1, 40]) {
      const distances = Array.from({ length: count }, () => scale * (0.05 + uniform())).toSorted(
        (a, b) => a - b,
      );
      const strengths = strengthsOf(distances);
      // The search ends within a millionth of the target.
      const target = Math.log2(count + 1);
      expect(Math.abs(strengths.reduce((a, b) => a + b) - target)).toBeLessThan(2e-6 * target);
      expect(strengths[0]).toBe(1);
      expect([...strengths]).toEqual([...strengths].toSorted((a, b) => b - a));
      const width = widthByTrial(distances);
      distances.forEach((distance, i) =>
        expect(strengths[i]).toBeCloseTo(Math.exp((distances[0]! - distance) / width), 4),
      );
    }
  }
});

test('the nearest that does not coincide counts whole, and so does what coincides', () => {
  const strengths = strengthsOf([0, 0, 0.2, 0.3, 0.5, 0.6, 0.9, 1, 1, 1, 1, 1, 1, 1]);
  expect([...strengths.subarray(0, 3)]).toEqual([1, 1, 1]);
  expect(strengths.reduce((a, b) => a + b)).toBeCloseTo(Math.log2(15), 4);
});

test('of more neighbours at one distance than the sum allows, those beyond count for next to nothing', () => {
  const strengths = strengthsOf([...Array.from({ length: 10 }, () => 0.5), 0.6, 0.7, 0.8, 0.9]);
  expect([...strengths.subarray(0, 10)]).toEqual(Array.from({ length: 10 }, () => 1));
  expect(Math.max(...strengths.subarray(10))).toBeLessThan(1e-6);
});

test('points that all coincide hold each other whole', () => {
  expect([...strengthsOf([0, 0, 0])]).toEqual([1, 1, 1]);
});
