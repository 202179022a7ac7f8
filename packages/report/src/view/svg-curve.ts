import { plain } from './escape.ts';
import { ticks } from './svg-histogram.ts';
import { significant } from './number.ts';

/** Lines over a common horizontal axis, with horizontal rules to compare them with. */
export interface CurveChart {
  label: string;
  lines: { name: string; points: { x: number; y: number }[] }[];
  rules: { name: string; y: number }[];
  /** Places on the horizontal axis with a dashed line. */
  marks?: readonly number[];
  width?: number;
  height?: number;
  xTick?: (value: number) => string;
}

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** A line chart as an SVG element; a sentence instead when there is no point. */
export function curveSvg({
  label,
  lines,
  rules,
  marks = [],
  width = 360,
  height = 170,
  xTick = String,
}: CurveChart): string {
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) return '<p class=none>n/a</p>';
  const xs = points.map(({ x }) => x);
  const ys = [...points.map(({ y }) => y), ...rules.map(({ y }) => y)];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const pad = (y1 - y0 || 1) * 0.06;
  const left = 34;
  const base = height - 18;
  const x = (value: number): number => left + ((value - x0) / (x1 - x0 || 1)) * (width - left - 4);
  const y = (value: number): number => base - ((value - y0 + pad) / (y1 - y0 + 2 * pad)) * (base - 8);
  const grid = ticks(y0, y1, 4)
    .map(
      (value) =>
        `<path class=grid d="M${left} ${round(y(value))}H${width}"/><text class=y x="${left - 4}" y="${round(y(value))}">${significant(value, 2)}</text>`,
    )
    .join('');
  const axis = ticks(x0, x1, 4)
    .map((value) => `<text class=x x="${round(x(value))}" y="${base + 13}">${plain(xTick(value))}</text>`)
    .join('');
  const drawnRules = rules
    .map(
      ({ name, y: value }) =>
        `<path class=rule d="M${left} ${round(y(value))}H${width}"/><text class=rule x="${width - 2}" y="${round(y(value) - 4)}">${plain(name)} ${significant(value)}</text>`,
    )
    .join('');
  const drawnMarks = marks.map((value) => `<path class=mark d="M${round(x(value))} 8V${base}"/>`).join('');
  // Where losses fall there is room at the lower left.
  const named = (name: string, i: number): string => {
    const at = base - 8 - 14 * (lines.length - 1 - i);
    return `<path class="line l${i}" d="M${left + 6} ${at}h16"/><text class="name start" x=${left + 27} y=${at + 3.5}>${plain(name)}</text>`;
  };
  const drawn = lines
    .map(
      (line, i) =>
        `${lines.length > 1 ? named(line.name, i) : ''}<path class="line l${i}" d="${line.points.map((point, j) => `${j ? 'L' : 'M'}${round(x(point.x))} ${round(y(point.y))}`).join('')}"><title>${plain(line.name)}</title></path>`,
    )
    .join('');
  return `<svg class=hist viewBox="0 0 ${width} ${height}" role=img aria-label="${plain(label)}">${grid}${axis}<path class=base d="M${left} ${base}H${width}"/>${drawnRules}${drawnMarks}${drawn}</svg>`;
}
