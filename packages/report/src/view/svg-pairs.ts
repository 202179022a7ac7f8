import { cut, plain } from './escape.ts';
import { powerOfTen } from './list-page.ts';
import { ticks } from './svg-histogram.ts';

/** A line for each thing measured twice, from the one value to the other. */
export interface PairChart {
  label: string;
  rows: readonly { name: string; from: number; to: number }[];
  /** Logarithmic where ratios are what matters; values of 0 then stand at the left edge. */
  scale: 'linear' | 'log';
  tick?: (value: number) => string;
  width?: number;
  /** Room for the names. */
  names?: number;
}

const ROW = 18;
/** Characters of a name that fit its column; the table beside the chart has it whole. */
const NAME = 20;
const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Draws the pairs as an SVG element: a hollow mark where it was, a full one where it came to. */
export function pairsSvg({ label, rows, scale, tick, width = 360, names = 116 }: PairChart): string {
  if (rows.length === 0) return '<p class=none>n/a</p>';
  const positive = rows.flatMap(({ from, to }) => [from, to]).filter((value) => value > 0);
  const log = scale === 'log' && positive.length > 0;
  const floor = log ? Math.floor(Math.log10(Math.min(...positive))) : 0;
  const place = (value: number): number => (log ? (value > 0 ? Math.log10(value) : floor) : value);
  const places = rows.flatMap(({ from, to }) => [place(from), place(to)]);
  const low = Math.min(...places, log ? floor : 0);
  const high = Math.max(...places);
  const x = (value: number): number =>
    names + 4 + ((place(value) - low) / (high - low || 1)) * (width - names - 12);
  const height = rows.length * ROW + 18;
  const values = log
    ? ticks(low, high, 4)
        .filter(Number.isInteger)
        .map((power) => ({ at: 10 ** power, text: powerOfTen(power) }))
    : ticks(low, high, 5).map((value) => ({ at: value, text: tick ? tick(value) : String(value) }));
  const grid = values
    .map(
      ({ at, text }) =>
        `<path class=grid d="M${round(x(at))} 0V${rows.length * ROW}"/><text class=x x="${round(x(at))}" y="${height - 4}">${plain(text)}</text>`,
    )
    .join('');
  const drawn = rows
    .map(({ name, from, to }, i) => {
      const y = i * ROW + ROW / 2;
      const sign = to < from ? 'minus' : 'plus';
      return (
        `<text class=y x=${names - 6} y=${y}>${plain(cut(name, NAME))}</text>` +
        `<path class="pair ${sign}" d="M${round(x(from))} ${y}H${round(x(to))}"/>` +
        `<circle class=before cx="${round(x(from))}" cy=${y} r=2.5 /><circle class="after ${sign}" cx="${round(x(to))}" cy=${y} r=3.5 />`
      );
    })
    .join('');
  return `<svg class=hist viewBox="0 0 ${width} ${height}" role=img aria-label="${plain(label)}">${grid}${drawn}</svg>`;
}
