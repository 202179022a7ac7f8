import { uniforms } from '../../random/seeded.ts';
import { fuzzyGraph } from './fuzzy-graph.ts';
import { hdbscan } from './hdbscan.ts';
import type { NearestRows } from './nearest-table.ts';
import { umap } from './umap.ts';

/** Where points stand on a map, with what, and in which order. */
export interface Arrangement {
  /** (N,2) */
  readonly places: Float64Array;
  /** (N) the cluster of each; -1 for none. */
  readonly clusters: Int32Array;
  /** (N) places on one line. */
  readonly line: Float64Array;
}

/** Numbers of the paper's maps: Bricken et al. 2023, "Feature UMAPs". */
const MAP = { dimensions: 2, minDist: 0.05 };
const CLUSTERING = { dimensions: 10, minDist: 0.1, leastFeatures: 3 };
const ORDER = { dimensions: 1, minDist: 0.1 };

/**
 * Arranges points by their nearest: on a plane, in clusters, and in a line.
 *
 * @param watch called often with the share done; throws to stop
 * @returns null for too few points to draw
 */
export async function arrange(
  nearest: NearestRows,
  seed: number,
  watch: (share: number) => void,
): Promise<Arrangement | null> {
  const graph = fuzzyGraph(nearest, uniforms(seed));
  if (graph === null) return null;
  const places = await umap(graph, MAP.dimensions, MAP.minDist, seed, (share) => watch(share / 3));
  const wide = await umap(graph, CLUSTERING.dimensions, CLUSTERING.minDist, seed, (share) =>
    watch((1 + share) / 3),
  );
  const clusters = await hdbscan(wide, CLUSTERING.dimensions, CLUSTERING.leastFeatures, () => watch(2 / 3));
  const line = await orderOf(nearest, clusters, seed, (share) => watch((2 + share) / 3));
  return { places, clusters, line };
}

/**
 * Places of all points on one line: a one-dimensional UMAP of the points in no cluster and, for each cluster, of its
 * middlemost point; the others of a cluster stand with it.
 */
async function orderOf(
  nearest: NearestRows,
  clusters: Int32Array,
  seed: number,
  watch: (share: number) => void,
): Promise<Float64Array> {
  const middle = middlemost(nearest, clusters);
  const kept = Array.from(clusters.keys()).filter((i) => clusters[i]! < 0 || middle.get(clusters[i]!) === i);
  const index = new Map(kept.map((point, i) => [point, i]));
  const among: NearestRows = {
    count: kept.length,
    of: (i) =>
      nearest.of(kept[i]!).flatMap(({ row, cosine }) => {
        const to = index.get(clusters[row]! < 0 ? row : middle.get(clusters[row]!)!);
        return to === undefined || to === i ? [] : [{ row: to, cosine }];
      }),
  };
  const distinct: NearestRows = {
    count: among.count,
    of: (i) =>
      [
        ...new Map(
          among
            .of(i)
            .toReversed()
            .map((near) => [near.row, near]),
        ).values(),
      ].reverse(),
  };
  const graph = fuzzyGraph(distinct, uniforms(seed, kept.length));
  const line = graph === null ? null : await umap(graph, ORDER.dimensions, ORDER.minDist, seed, watch);
  return Float64Array.from(clusters, (cluster, i) => {
    const at = index.get(cluster < 0 ? i : middle.get(cluster)!)!;
    return line === null ? at : line[at]!;
  });
}

/** Of each cluster the point that is most often among the nearest of the others; of equals the first. */
function middlemost(nearest: NearestRows, clusters: Int32Array): Map<number, number> {
  const votes = new Float64Array(clusters.length);
  clusters.forEach((cluster, point) => {
    if (cluster < 0) return;
    for (const { row, cosine } of nearest.of(point)) if (clusters[row] === cluster) votes[row]! += cosine;
  });
  const best = new Map<number, number>();
  clusters.forEach((cluster, point) => {
    if (cluster < 0) return;
    const known = best.get(cluster);
    if (known === undefined || votes[point]! > votes[known]!) best.set(cluster, point);
  });
  return best;
}
