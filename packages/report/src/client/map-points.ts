import { NOWHERE, importance } from './columns.ts';
import type { Columns } from './columns.ts';

/** The features that are on the map, and who is near a place of it. */
export interface MapPoints {
  columns: Columns;
  /** By feature index, from 0 to 1; NaN for features that are not on the map. */
  x: Float32Array;
  y: Float32Array;
  /** Indices of those that are, the most important first. */
  ranked: Uint32Array;
  /** The nearest feature within a distance that `allowed` allows; -1 for none. */
  nearest(x: number, y: number, within: number, allowed: (index: number) => boolean): number;
}

/** Places of a dictionary's features on the map; undefined where it has none. */
function placesOf(columns: Columns): Pick<MapPoints, 'x' | 'y'> | undefined {
  const scaled = (values: Uint16Array): Float32Array =>
    Float32Array.from(values, (value) => (value === NOWHERE ? NaN : value / (NOWHERE - 1)));
  return columns.x && columns.y && { x: scaled(columns.x), y: scaled(columns.y) };
}

/** Reads the map of a dictionary; undefined where it has none. */
export function mapPoints(columns: Columns): MapPoints | undefined {
  const places = placesOf(columns);
  if (!places) return undefined;
  const { x, y } = places;
  const weight = Float64Array.from(x, (_, index) => importance(columns, index));
  const ranked = Uint32Array.from(x.keys())
    .filter((index) => !Number.isNaN(x[index]))
    .sort((a, b) => weight[b]! - weight[a]! || a - b);
  // A grid of cells with a few features each, as one list in the order of cells and where each cell begins.
  const side = Math.max(1, Math.min(256, Math.round(Math.sqrt(ranked.length / 4))));
  const cell = (value: number): number => Math.max(0, Math.min(side - 1, Math.floor(value * side)));
  const starts = new Uint32Array(side * side + 1);
  const cellOf = (index: number): number => cell(y[index]!) * side + cell(x[index]!);
  for (const index of ranked) starts[cellOf(index) + 1]!++;
  for (let at = 1; at < starts.length; at++) starts[at]! += starts[at - 1]!;
  const free = starts.slice();
  const listed = new Uint32Array(ranked.length);
  for (const index of ranked) listed[free[cellOf(index)]!++] = index;
  return {
    columns,
    x,
    y,
    ranked,
    nearest(atX, atY, within, allowed) {
      let best = -1;
      let least = within * within;
      for (let row = cell(atY - within); row <= cell(atY + within); row++) {
        const from = starts[row * side + cell(atX - within)] ?? 0;
        const to = starts[row * side + cell(atX + within) + 1] ?? 0;
        for (let at = from; at < to; at++) {
          const index = listed[at]!;
          const distance = (x[index]! - atX) ** 2 + (y[index]! - atY) ** 2;
          if (distance > least || !allowed(index)) continue;
          least = distance;
          best = index;
        }
      }
      return best;
    },
  };
}
