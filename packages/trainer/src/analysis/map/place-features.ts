import type { Gpu } from '@monosema/engine';
import { uniforms } from '../../random/seeded.ts';
import type { FeatureInput } from '../../records/schema.ts';
import { fuzzyGraph, NEIGHBOURS } from './fuzzy-graph.ts';
import { hdbscan } from './hdbscan.ts';
import { nearestRows, type NearestRows } from './nearest-rows.ts';
import { umap } from './umap.ts';

/** A dictionary whose features go on the map of its model. */
export interface MappedDictionary {
  readonly id: string;
  readonly features: number;
  /** (F,A) */
  readonly decoder: Float32Array;
  /** Evaluation tokens that a feature is active on. */
  readonly active: (feature: number) => number;
}

export type Place = NonNullable<FeatureInput['map']>;

/** Numbers of the paper's maps: Bricken et al. 2023, "Feature UMAPs". */
const MAP = { dimensions: 2, minDist: 0.05 };
const CLUSTERING = { dimensions: 10, minDist: 0.1, leastFeatures: 3 };
const ORDER = { dimensions: 1, minDist: 0.1 };

/** Features that are placed by UMAP itself; of more, the rest stand among their nearest. */
export const MOST_PLACED = 20_000;

/**
 * Places the live features of all dictionaries of a model on one map by the directions of their decoder rows, with
 * clusters, and every dictionary's features in one line, neighbours beside each other.
 *
 * Where there are more than 20,000 live features, the most active ones are placed, and each other one stands where
 * its nearest of those stand.
 *
 * @param watch called often with the share done; throws to stop
 * @returns by dictionary, the place of each feature; null for dead ones, and for all where there are too few to draw
 */
export async function placeFeatures(
  gpu: Gpu,
  dictionaries: readonly MappedDictionary[],
  seed: number,
  watch: (share: number) => void,
): Promise<Map<string, (Place | null)[]>> {
  const places = new Map(
    dictionaries.map(({ id, features }) => [id, Array.from({ length: features }, (): Place | null => null)]),
  );
  const live = dictionaries
    .flatMap((dictionary, d) =>
      Array.from({ length: dictionary.features }, (_, feature) => ({
        d,
        feature,
        active: dictionary.active(feature),
      })),
    )
    .filter(({ active }) => active > 0);
  if (live.length === 0) return places;
  const byActivity = live.toSorted((a, b) => b.active - a.active || a.d - b.d || a.feature - b.feature);
  const placed = byActivity.slice(0, MOST_PLACED).sort((a, b) => a.d - b.d || a.feature - b.feature);
  const rest = byActivity.slice(MOST_PLACED);
  const width = dictionaries[0]!.decoder.length / dictionaries[0]!.features;
  const rowsOf = (points: typeof live): Float32Array => {
    const rows = new Float32Array(points.length * width);
    points.forEach(({ d, feature }, i) => {
      rows.set(dictionaries[d]!.decoder.subarray(feature * width, (feature + 1) * width), i * width);
    });
    return rows;
  };
  const directions = rowsOf(placed);
  const nearest = await nearestRows(gpu, 'decoder', directions, directions, width, NEIGHBOURS, () =>
    watch(0),
  );
  const graph = fuzzyGraph(nearest, uniforms(seed));
  if (graph === null) return places;
  const xy = await umap(graph, MAP.dimensions, MAP.minDist, seed, (share) => watch(share / 3));
  const wide = await umap(graph, CLUSTERING.dimensions, CLUSTERING.minDist, seed, (share) =>
    watch((1 + share) / 3),
  );
  const clusters = await hdbscan(wide, CLUSTERING.dimensions, CLUSTERING.leastFeatures, () => watch(2 / 3));
  const line = await orderOf(nearest, clusters, seed, (share) => watch((2 + share) / 3));
  const points = placed.map((point, i) => ({
    ...point,
    x: xy[2 * i]!,
    y: xy[2 * i + 1]!,
    cluster: clusters[i]! < 0 ? null : clusters[i]!,
    line: line[i]!,
  }));
  if (rest.length > 0) {
    const further = await nearestRows(gpu, 'further decoder', rowsOf(rest), directions, width, 1, () =>
      watch(1),
    );
    rest.forEach((point, i) => points.push({ ...points[further.of(i)[0]?.row ?? 0]!, ...point }));
  }
  dictionaries.forEach(({ id }, d) => {
    const own = points
      .filter((point) => point.d === d)
      .sort((a, b) => a.line - b.line || a.feature - b.feature);
    own.forEach(({ feature, x, y, cluster }, order) => {
      places.get(id)![feature] = { x: rounded(x), y: rounded(y), cluster, order };
    });
  });
  return places;
}

const rounded = (value: number): number => Number(value.toPrecision(5));

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
