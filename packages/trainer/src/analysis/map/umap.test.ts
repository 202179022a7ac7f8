import { expect, test } from 'vitest';
import { normals, uniforms } from '../../random/seeded.ts';
import { fuzzyGraph, NEIGHBOURS } from './fuzzy-graph.ts';
import type { NearestRows } from './nearest-table.ts';
import { umap } from './umap.ts';

const [GROUPS, EACH, WIDTH] = [8, 25, 24];
const COUNT = GROUPS * EACH;

/** Cosine distances (N,N) of points about eight directions. */
function planted(): Float64Array {
  const normal = normals(7);
  const centres = Float64Array.from({ length: GROUPS * WIDTH }, normal);
  const rows = Array.from({ length: COUNT }, (_, i) =>
    Array.from({ length: WIDTH }, (__, k) => centres[(i % GROUPS) * WIDTH + k]! + 0.4 * normal()),
  );
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
  return Float64Array.from({ length: COUNT * COUNT }, (_, at) => {
    const [x, y] = [rows[Math.floor(at / COUNT)]!, rows[at % COUNT]!];
    return 1 - dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
  });
}

/** Of each point all others, the nearest first. */
function ordered(distance: (i: number, j: number) => number): number[][] {
  return Array.from({ length: COUNT }, (_, i) =>
    Array.from({ length: COUNT }, (__, j) => j)
      .filter((j) => j !== i)
      .toSorted((a, b) => distance(i, a) - distance(i, b)),
  );
}

const apart = planted();
const truth = ordered((i, j) => apart[i * COUNT + j]!);
const nearest: NearestRows = {
  count: COUNT,
  of: (i) => truth[i]!.slice(0, NEIGHBOURS).map((row) => ({ row, cosine: 1 - apart[i * COUNT + row]! })),
};
const graph = fuzzyGraph(nearest, uniforms(1))!;

/** 1 where no point's nearest 15 in the layout are far from it in truth (Venna and Kaski 2001). */
function trustworthiness(places: Float64Array, dimensions: number): number {
  const k = NEIGHBOURS;
  const found = ordered((i, j) => {
    let squared = 0;
    for (let d = 0; d < dimensions; d++)
      squared += (places[i * dimensions + d]! - places[j * dimensions + d]!) ** 2;
    return squared;
  });
  let penalty = 0;
  for (let i = 0; i < COUNT; i++)
    for (const j of found[i]!.slice(0, k)) penalty += Math.max(0, truth[i]!.indexOf(j) + 1 - k);
  return 1 - (2 / (COUNT * k * (2 * COUNT - 3 * k - 1))) * penalty;
}

test.each([1, 2, 10])('in %i dimensions what is near in truth is near in the layout', async (dimensions) => {
  const places = await umap(graph, dimensions, 0.1, 5, () => {});
  expect(places).toHaveLength(COUNT * dimensions);
  expect(trustworthiness(places, dimensions)).toBeGreaterThan(0.9);
});

test('the same seed gives the same layout to the bit, another one another', async () => {
  const [one, same, other] = await Promise.all([5, 5, 6].map((seed) => umap(graph, 2, 0.05, seed, () => {})));
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
});

test('a layout lets the process hear of a wish to stop, and stops', async () => {
  const controller = new AbortController();
  const layout = umap(graph, 2, 0.05, 5, () => controller.signal.throwIfAborted());
  setTimeout(() => controller.abort(new Error('enough')), 0);
  await expect(layout).rejects.toThrow('enough');
});
