import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { normals } from '../../random/seeded.ts';
import { decoderNeighbours } from './decoder-neighbours.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

test.each([3, 300])(
  'of %i decoder rows of any length the nearest by cosine are found, never the row itself',
  async (features) => {
    const normal = normals(features);
    const width = 5;
    const decoder = Float32Array.from({ length: features * width }, (_, i) => normal() * (1 + (i % 3)));
    const found = await decoderNeighbours(gpu, 'A/1', decoder, features, 4, () => {});
    const row = (i: number) => Array.from(decoder.subarray(i * width, (i + 1) * width));
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0);
    for (let i = 0; i < features; i++) {
      const cosines = Array.from({ length: features }, (_, j) => ({
        j,
        cosine: dot(row(i), row(j)) / Math.sqrt(dot(row(i), row(i)) * dot(row(j), row(j))),
      }));
      const wanted = cosines
        .filter(({ j }) => j !== i)
        .toSorted((a, b) => b.cosine - a.cosine)
        .slice(0, 4);
      expect(found[i]!.map(({ feature }) => feature)).not.toContain(i);
      expect(found[i]).toHaveLength(Math.min(4, features - 1));
      found[i]!.forEach(({ dictionary, similarity }, rank) => {
        expect(dictionary).toBe('A/1');
        expect(similarity).toBeCloseTo(wanted[rank]!.cosine, 5);
      });
    }
  },
);
