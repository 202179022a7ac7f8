import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { fuzzyGraph, NEIGHBOURS, type FuzzyGraph } from './fuzzy-graph.ts';
import { memberships } from './membership.ts';
import type { NearestRows } from './nearest-table.ts';

const COUNT = 60;

/** Of each point some others at random cosines, the nearest first; none of point 7, and three of point 8. */
function neighbours(): NearestRows {
  const uniform = uniforms(3);
  const lists = Array.from({ length: COUNT }, (_, point) =>
    Array.from({ length: COUNT }, (__, row) => ({ row, cosine: uniform() }))
      .filter(({ row }) => row !== point)
      .toSorted((a, b) => b.cosine - a.cosine)
      .slice(0, point === 7 ? 0 : point === 8 ? 3 : NEIGHBOURS),
  );
  return { count: COUNT, of: (row) => lists[row]! };
}

function dense({ count, starts, neighbours: to, strengths }: FuzzyGraph): number[][] {
  const matrix = Array.from({ length: count }, () => Array.from({ length: count }, () => 0));
  for (let point = 0; point < count; point++)
    for (let entry = starts[point]!; entry < starts[point + 1]!; entry++)
      matrix[point]![to[entry]!] = strengths[entry]!;
  return matrix;
}

test('points hold together by p + q - p q of what they hold each', () => {
  const nearest = neighbours();
  const held = Array.from({ length: COUNT }, () => Array.from({ length: COUNT }, () => 0));
  const complete = Array.from({ length: COUNT }, (_, point) => point).filter((i) => i !== 7 && i !== 8);
  for (const point of complete) {
    const near = nearest.of(point).slice(0, NEIGHBOURS - 1);
    const strengths = new Float64Array(near.length);
    memberships(
      Float64Array.from(near, ({ cosine }) => 1 - cosine),
      strengths,
    );
    near.forEach(({ row }, i) => (held[point]![row] = strengths[i]!));
  }
  const matrix = dense(fuzzyGraph(nearest, uniforms(4))!);
  for (const i of complete)
    for (const j of complete) {
      const [p, q] = [held[i]![j]!, held[j]![i]!];
      // Float32.
      expect(matrix[i]![j]).toBeCloseTo(p + q - p * q, 6);
    }
});

test('what holds together does so from both sides alike, and nothing holds itself', () => {
  const graph = fuzzyGraph(neighbours(), uniforms(4))!;
  const matrix = dense(graph);
  for (let i = 0; i < COUNT; i++) {
    expect(matrix[i]![i]).toBe(0);
    for (let j = 0; j < i; j++) expect(matrix[i]![j]).toBe(matrix[j]![i]);
    const own = graph.neighbours.subarray(graph.starts[i], graph.starts[i + 1]);
    expect([...own]).toEqual([...new Set(own)].toSorted((a, b) => a - b));
  }
});

test('points with few neighbours are filled up with others, by the seed', () => {
  const [one, same, other] = [4, 4, 5].map((seed) => fuzzyGraph(neighbours(), uniforms(seed))!);
  expect(one!.starts[8]! - one!.starts[7]!).toBeGreaterThanOrEqual(NEIGHBOURS - 1);
  expect(one).toEqual(same);
  expect(one!.neighbours).not.toEqual(other!.neighbours);
});

test('of so few points that each would neighbour all there is no graph', () => {
  expect(fuzzyGraph({ count: NEIGHBOURS, of: () => [] }, uniforms(1))).toBeNull();
});
