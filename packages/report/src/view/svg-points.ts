import { plain } from './escape.ts';
import { ticks } from './svg-histogram.ts';

/** Named points over two axes. */
export interface PointChart {
  label: string;
  points: readonly { name: string; x: number; y: number }[];
  xName: string;
  yName: string;
  xTick?: (value: number) => string;
  yTick?: (value: number) => string;
  width?: number;
  height?: number;
}

/** Width of a letter of a name, about. */
const LETTER = 6;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
const box = (left: number, top: number, width: number, height: number): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Draws the points as an SVG element, each with its name. */
export function pointsSvg(chart: PointChart): string {
  const { label, points, xName, yName, xTick = String, yTick = String, width = 420, height = 230 } = chart;
  if (points.length === 0) return '<p class=none>n/a</p>';
  const [left, top, right, base] = [44, 18, width - 14, height - 32];
  const [x0, x1] = padded(points.map(({ x }) => x));
  const [y0, y1] = padded(points.map(({ y }) => y));
  const x = (value: number): number => left + ((value - x0) / (x1 - x0)) * (right - left);
  const y = (value: number): number => base - ((value - y0) / (y1 - y0)) * (base - top);
  const grid = ticks(y0, y1, 4)
    .map(
      (value) =>
        `<path class=grid d="M${left} ${round(y(value))}H${width}"/><text class=y x=${left - 6} y="${round(y(value))}">${plain(yTick(value))}</text>`,
    )
    .join('');
  const axis = ticks(x0, x1, 6)
    .map((value) => `<text class=x x="${round(x(value))}" y=${base + 14}>${plain(xTick(value))}</text>`)
    .join('');
  const taken = points.map((point) => box(x(point.x) - 5, y(point.y) - 5, 10, 10));
  const drawn = points
    .map((point) => {
      const [px, py] = [x(point.x), y(point.y)];
      const wide = point.name.length * LETTER;
      // To the right if nothing is there, else to the left, above, below.
      const places = [
        { anchor: 'start', dx: 8, dy: 3.5, at: box(px + 8, py - 6, wide, 12) },
        { anchor: 'end', dx: -8, dy: 3.5, at: box(px - 8 - wide, py - 6, wide, 12) },
        { anchor: 'start', dx: -4, dy: -8, at: box(px - 4, py - 19, wide, 12) },
        { anchor: 'start', dx: -4, dy: 16, at: box(px - 4, py + 7, wide, 12) },
      ];
      const free = places.find(({ at }) => at.right <= width && !taken.some((other) => overlap(at, other)));
      const { anchor, dx, dy, at } = free ?? places[0]!;
      taken.push(at);
      return (
        `<circle class=point cx="${round(px)}" cy="${round(py)}" r=4 />` +
        `<text class="name ${anchor}" x="${round(px + dx)}" y="${round(py + dy)}">${plain(point.name)}</text>`
      );
    })
    .join('');
  return (
    `<svg class=hist viewBox="0 0 ${width} ${height}" role=img aria-label="${plain(label)}">${grid}${axis}` +
    `<path class=base d="M${left} ${base}H${width}"/><text x=0 y=9>${plain(yName)}</text><text class="x end" x=${width} y=${height - 4}>${plain(xName)}</text>${drawn}</svg>`
  );
}

/** A range with some room on either side; never empty. */
function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = (high - low || Math.abs(high) || 1) * 0.12;
  return [low - room, high + room];
}
