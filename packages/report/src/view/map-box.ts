import type { DictionaryView, Site } from './site.ts';

/** The square that holds the map of a model. */
export interface MapBox {
  x: number;
  y: number;
  side: number;
}

/** The square around all features of a model, the same for each of its dictionaries; null where none is on the map. */
export function mapBox(site: Site, model: string): MapBox | null {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const view of site.dictionaries.values()) {
    if (view.record.model !== model) continue;
    for (const x of view.mapX) if (x !== null) [left, right] = [Math.min(left, x), Math.max(right, x)];
    for (const y of view.mapY) if (y !== null) [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  if (left > right) return null;
  const side = Math.max(right - left, high - low) || 1;
  return { x: (left + right - side) / 2, y: (low + high - side) / 2, side };
}

/** Places of a dictionary's features in the square, from 0 to 1, downwards; NaN where a feature is not on the map. */
export function placesIn(box: MapBox, view: DictionaryView): { x: Float64Array; y: Float64Array } {
  const places = (values: readonly (number | null)[], from: number): Float64Array =>
    Float64Array.from(values, (value) => (value === null ? NaN : (value - from) / box.side));
  return { x: places(view.mapX, box.x), y: places(view.mapY, box.y).map((y) => 1 - y) };
}
