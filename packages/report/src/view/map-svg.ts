import { integer } from './number.ts';
import type { DictionaryView, Site } from './site.ts';
import { unitName } from './site.ts';
import { importance } from './list-order.ts';
import { mapBox, placesIn } from './map-box.ts';

/** Features drawn into a page at most; a script draws the others. */
const DRAWN = 4096;
/** Units of the picture's side; a feature's dot is as wide as 5 of them. */
const SIDE = 600;

/** The map of a dictionary as a picture; empty where it has none. */
export function mapFigure(site: Site, view: DictionaryView): string {
  const box = view.has.map ? mapBox(site, view.record.model) : null;
  if (box === null) return '';
  const { x, y } = placesIn(box, view);
  let placed = Array.from(x.keys()).filter((index) => !Number.isNaN(x[index]));
  const all = placed.length;
  if (all > DRAWN)
    placed = placed.sort((a, b) => importance(view, b) - importance(view, a) || a - b).slice(0, DRAWN);
  const at = (value: number | undefined): number => Math.round((value ?? 0) * SIDE);
  const path = placed.map((index) => `M${at(x[index])} ${at(y[index])}h0`).join('');
  const unit = unitName(view);
  const name = `Map of ${integer(placed.length)} ${unit}s${all > DRAWN ? `, the most important of ${integer(all)}` : ''}`;
  return (
    `<figure class=map><svg viewBox="-6 -6 ${SIDE + 12} ${SIDE + 12}" role=img aria-label="${name}; what is near points in a similar direction"><path d="${path}"/></svg>` +
    `<figcaption>${name}, by direction: near ones are alike.</figcaption></figure>`
  );
}
