import { UMAP } from 'umap-js';
import { uniforms } from '../../random/seeded.ts';
import type { NearestRows } from './nearest-rows.ts';

/** Neighbours of a point, itself among them, as in the paper's maps. */
export const NEIGHBOURS = 15;

/**
 * Places points by UMAP (McInnes, Healy and Melville 2018) from their nearest neighbours, whose distance is one less
 * the cosine. Points with few neighbours are filled up with random ones at a right angle.
 *
 * @param watch called before every epoch with the share done; throws to stop
 * @returns (N,dimensions), or null for so few points that there is nothing to draw
 */
export function umap(
  nearest: NearestRows,
  dimensions: number,
  minDist: number,
  seed: number,
  watch: (share: number) => void,
): Float64Array | null {
  const { count } = nearest;
  if (count <= NEIGHBOURS) return null;
  const random = uniforms(seed, dimensions);
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let point = 0; point < count; point++) {
    const near = nearest.of(point).slice(0, NEIGHBOURS - 1);
    const known = new Set([point, ...near.map(({ row }) => row)]);
    while (known.size < NEIGHBOURS) known.add(Math.floor(random() * count));
    indices.push([...known]);
    distances.push([
      0,
      ...near.map(({ cosine }) => Math.max(0, 1 - cosine)),
      ...Array.from({ length: NEIGHBOURS - 1 - near.length }, () => 1),
    ]);
  }
  const map = new UMAP({ nComponents: dimensions, nNeighbors: NEIGHBOURS, minDist, random });
  map.setPrecomputedKNN(indices, distances);
  // With neighbours given, only the number of points is looked at.
  const epochs = map.initializeFit(Array.from({ length: count }, () => []));
  for (let epoch = 0; epoch < epochs; epoch++) {
    watch(epoch / epochs);
    map.step();
  }
  const places = new Float64Array(count * dimensions);
  map.getEmbedding().forEach((place, point) => places.set(place, point * dimensions));
  return places;
}
