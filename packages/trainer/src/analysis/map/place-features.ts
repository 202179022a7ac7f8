import type { Gpu } from '@monosema/engine';
import type { FeatureInput } from '../../records/schema.ts';
import { arrangeBeside, type Arranging } from './arrange-beside.ts';
import { NEIGHBOURS } from './fuzzy-graph.ts';
import { nearestRows, type FoundRows } from './nearest-rows.ts';

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

/** By dictionary, the place of each feature; null for dead ones, and for all where there are too few to draw. */
export type Places = Map<string, (Place | null)[]>;

/** A map that is being made. */
export interface PlacedFeatures {
  /**
   * Waits for it.
   *
   * @param watch called often with the share done; throws to stop waiting
   */
  readonly places: (watch: (share: number) => void) => Promise<Places>;
  /** Stops what is still going on. */
  readonly stop: () => Promise<void>;
}

/** Features that are placed by UMAP itself; of more, the rest stand among their nearest. */
export const MOST_PLACED = 20_000;

/**
 * Places the live features of all dictionaries of a model on one map by the directions of their decoder rows, with
 * clusters, and every dictionary's features in one line, neighbours beside each other.
 *
 * Where there are more than 20,000 live features, the most active ones are placed, and each other one stands where
 * its nearest of those stand.
 *
 * @param watch called between blocks of neighbours, which are found before this returns; the rest is done by a thread
 */
export async function placeFeatures(
  gpu: Gpu,
  dictionaries: readonly MappedDictionary[],
  seed: number,
  watch: () => void,
): Promise<PlacedFeatures> {
  const live = dictionaries
    .flatMap((dictionary, d) =>
      Array.from({ length: dictionary.features }, (_, feature) => ({
        d,
        feature,
        active: dictionary.active(feature),
      })),
    )
    .filter(({ active }) => active > 0);
  const byActivity = live.toSorted((a, b) => b.active - a.active || a.d - b.d || a.feature - b.feature);
  const placed = byActivity.slice(0, MOST_PLACED).sort((a, b) => a.d - b.d || a.feature - b.feature);
  const rest = byActivity.slice(MOST_PLACED);
  if (placed.length <= NEIGHBOURS)
    return { places: async () => nowhere(dictionaries), stop: async () => undefined };
  const width = dictionaries[0]!.decoder.length / dictionaries[0]!.features;
  const rowsOf = (points: typeof live): Float32Array => {
    const rows = new Float32Array(points.length * width);
    points.forEach(({ d, feature }, i) => {
      rows.set(dictionaries[d]!.decoder.subarray(feature * width, (feature + 1) * width), i * width);
    });
    return rows;
  };
  const directions = rowsOf(placed);
  const nearest = await nearestRows(gpu, 'decoder', directions, directions, width, NEIGHBOURS, watch);
  const further =
    rest.length === 0
      ? null
      : await nearestRows(gpu, 'further decoder', rowsOf(rest), directions, width, 1, watch);
  const arranging = arrangeBeside(nearest.table, seed);
  return {
    places: (look) => placesOf(dictionaries, placed, rest, further, arranging, look),
    stop: arranging.stop,
  };
}

interface Point {
  /** The number of its dictionary. */
  readonly d: number;
  readonly feature: number;
}

async function placesOf(
  dictionaries: readonly MappedDictionary[],
  placed: readonly Point[],
  rest: readonly Point[],
  further: FoundRows | null,
  arranging: Arranging,
  watch: (share: number) => void,
): Promise<Places> {
  const places = nowhere(dictionaries);
  const arrangement = await arranging.arrangement(watch);
  if (arrangement === null) return places;
  const { places: xy, clusters, line } = arrangement;
  const points = placed.map((point, i) => ({
    ...point,
    x: xy[2 * i]!,
    y: xy[2 * i + 1]!,
    cluster: clusters[i]! < 0 ? null : clusters[i]!,
    line: line[i]!,
  }));
  rest.forEach((point, i) => points.push({ ...points[further?.of(i)[0]?.row ?? 0]!, ...point }));
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

const nowhere = (dictionaries: readonly MappedDictionary[]): Places =>
  new Map(dictionaries.map(({ id, features }) => [id, Array.from({ length: features }, () => null)]));

const rounded = (value: number): number => Number(value.toPrecision(5));
