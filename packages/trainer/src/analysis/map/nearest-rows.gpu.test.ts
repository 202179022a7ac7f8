import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normals, uniforms } from '../../random/seeded.ts';
import { nearestRows } from './nearest-rows.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

function vectors(count: number, width: number): Float32Array {
  const normal = normals(count);
  return Float32Array.from({ length: count * width }, (_, i) => normal() * (1 + (i % 3)));
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, k) => sum + value * y[k]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const WIDTH = 5;
const row = (matrix: Float32Array, i: number) => matrix.subarray(i * WIDTH, (i + 1) * WIDTH);

test.each([3, 300])('of %i rows of any length the nearest are found, never the row itself', async (count) => {
  const matrix = vectors(count, WIDTH);
  const nearest = await nearestRows(gpu, 'rows', matrix, matrix, WIDTH, 4, () => {});
  for (let i = 0; i < count; i++) {
    const wanted = Array.from({ length: count }, (_, j) => cosineOf(row(matrix, i), row(matrix, j)))
      .filter((cosine, j) => j !== i && cosine > 0)
      .toSorted((a, b) => b - a)
      .slice(0, 4);
    const found = nearest.of(i);
    expect(found.map((near) => near.row)).not.toContain(i);
    expect(found).toHaveLength(wanted.length);
    // Cosines of float32 rows; equal ones may come in either order.
    found.forEach(({ cosine }, rank) => expect(cosine).toBeCloseTo(wanted[rank]!, 5));
  }
});

test('the nearest of other rows are found among those alone, and a row of zeros has none', async () => {
  const [rows, others] = [vectors(7, WIDTH), vectors(20, WIDTH)];
  rows.fill(0, 0, WIDTH);
  const nearest = await nearestRows(gpu, 'rows', rows, others, WIDTH, 1, () => {});
  expect(nearest.of(0)).toEqual([]);
  for (let i = 1; i < 7; i++) {
    const cosines = Array.from({ length: 20 }, (_, j) => cosineOf(row(rows, i), row(others, j)));
    expect(nearest.of(i)[0]!.row).toBe(cosines.indexOf(Math.max(...cosines)));
  }
});

test('of more rows than are compared at once the nearest are found, in whichever part they lie', async () => {
  const [count, others, width] = [1500, 17_000, 2];
  // Directions all round, each a little apart from the last, and an odd step ahead of it.
  const turn = (i: number) => (2 * Math.PI * ((i * 7919) % others)) / others;
  const among = Float32Array.from({ length: others * width }, (_, i) =>
    i % 2 === 0 ? Math.cos(turn(i >> 1)) : Math.sin(turn(i >> 1)),
  );
  const asked = Array.from({ length: count }, (_, i) => (i * 31) % others);
  const rows = Float32Array.from(asked.flatMap((i) => [...among.subarray(i * width, (i + 1) * width)]));
  const nearest = await nearestRows(gpu, 'rows', rows, among, width, 1, () => {});
  for (const [i, wanted] of asked.entries()) {
    const [{ row: found } = { row: -1 }] = nearest.of(i);
    // Neighbours on the circle have cosines that float32 does not tell apart.
    expect(Math.cos(turn(found) - turn(wanted))).toBeGreaterThan(1 - 1e-6);
  }
});

test('of equal cosines in several tiles the first rows are nearest, from either side of a tile', async () => {
  const [count, width, k] = [2100, 16, 6];
  const uniform = uniforms(11);
  // Four entries of 1 or -1 make a length of 2: all cosines are quarters, exact in float32, and most are equal.
  const matrix = new Float32Array(count * width);
  for (let i = 0; i < count; i++)
    for (let e = 0; e < 4; e++)
      matrix[i * width + 4 * e + Math.floor(4 * uniform())] = uniform() < 0.5 ? -1 : 1;
  const nearest = await nearestRows(gpu, 'rows', matrix, matrix, width, k, () => {});
  const wrong = Array.from({ length: count }, (_, i) => i).filter((i) => {
    const byQuarters: number[][] = [[], [], [], [], []];
    for (let j = 0; j < count; j++) {
      let quarters = 0;
      for (let a = 0; a < width; a++) quarters += matrix[i * width + a]! * matrix[j * width + a]!;
      if (j !== i && quarters > 0) byQuarters[quarters]!.push(j);
    }
    const wanted = [4, 3, 2, 1]
      .flatMap((quarters) => byQuarters[quarters]!.map((row) => `${row} ${quarters / 4}`))
      .slice(0, k);
    return (
      nearest
        .of(i)
        .map(({ row, cosine }) => `${row} ${cosine}`)
        .join() !== wanted.join()
    );
  });
  expect(wrong).toEqual([]);
});
