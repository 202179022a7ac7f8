import { expect, test } from 'vitest';
import { normals, uniforms } from '../../random/seeded.ts';
import { hdbscan } from './hdbscan.ts';

function blob(centre: readonly [number, number], spread: number, count: number, seed: number): number[] {
  const normal = normals(seed);
  return Array.from({ length: count }, () => [
    centre[0] + spread * normal(),
    centre[1] + spread * normal(),
  ]).flat();
}

const numbers = (labels: Int32Array, from: number, to: number) => new Set(labels.subarray(from, to));

test('groups of any density are found, and what lies between them is in none', async () => {
  const lone = [30, 30, -40, 25, 55, -35];
  const points = Float64Array.from([
    ...blob([0, 0], 0.1, 40, 1),
    ...blob([10, 0], 1, 60, 2),
    ...blob([0, 12], 0.4, 30, 3),
    ...lone,
  ]);
  const labels = await hdbscan(points, 2, 5, () => {});
  const found = [numbers(labels, 0, 40), numbers(labels, 40, 100), numbers(labels, 100, 130)].map((set) => {
    set.delete(-1);
    return [...set];
  });
  expect(found.map((set) => set.length)).toEqual([1, 1, 1]);
  expect(new Set(found.flat()).size).toBe(3);
  expect([...labels.subarray(130)]).toEqual([-1, -1, -1]);
  // Points at the rim of a normal cloud may fall out; the bulk may not.
  expect(labels.filter((label) => label < 0).length).toBeLessThan(30);
});

test('a dense pair inside a looser group makes two clusters only when that holds more together', async () => {
  const near = Float64Array.from([
    ...blob([0, 0], 0.2, 30, 4),
    ...blob([3, 0], 0.2, 30, 5),
    ...blob([40, 0], 0.2, 30, 6),
  ]);
  const labels = await hdbscan(near, 2, 5, () => {});
  const main = (from: number) => [...numbers(labels, from, from + 30)].filter((label) => label >= 0);
  expect(new Set([...main(0), ...main(30), ...main(60)]).size).toBe(3);
});

test('the order of the points does not change which are together', async () => {
  const points = [...blob([0, 0], 0.3, 25, 7), ...blob([8, 8], 0.6, 25, 8)];
  const count = points.length / 2;
  const uniform = uniforms(9);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const straight = await hdbscan(Float64Array.from(points), 2, 4, () => {});
  const shuffled = await hdbscan(
    Float64Array.from(order.flatMap((i) => [points[2 * i]!, points[2 * i + 1]!])),
    2,
    4,
    () => {},
  );
  for (let a = 0; a < count; a++)
    for (let b = 0; b < count; b++) {
      const together = straight[order[a]!]! >= 0 && straight[order[a]!] === straight[order[b]!];
      expect(shuffled[a]! >= 0 && shuffled[a] === shuffled[b]).toBe(together);
    }
});

test('clusters are numbered by their first points, and points that coincide are one', async () => {
  const points = Float64Array.from([
    ...Array.from({ length: 8 }, () => [5, 5]).flat(),
    ...blob([0, 0], 0.1, 8, 10),
  ]);
  const labels = await hdbscan(points, 2, 3, () => {});
  expect([...labels.subarray(0, 8)]).toEqual(Array.from({ length: 8 }, () => 0));
  expect(numbers(labels, 8, 16)).toContain(1);
});

test('too few points for two clusters are in none', async () => {
  expect([...(await hdbscan(Float64Array.from([0, 1, 2, 3, 4]), 1, 3, () => {}))]).toEqual([
    -1, -1, -1, -1, -1,
  ]);
});
