import type { Histogram } from '@monosema/trainer/records';
import { cut, plain } from './escape.ts';
import { fixed, integer } from './number.ts';
import { ticks } from './svg-histogram.ts';

/** Several histograms under each other over one axis, each as high as its own largest share. */
export interface ComparisonChart {
  /** What is compared, for those who cannot see it. */
  label: string;
  /** What learned features are compared with is `plain` and drawn in grey; a median that is known stands for that of the bins. */
  rows: readonly { name: string; histogram: Histogram; plain?: boolean; median?: number | null }[];
  width?: number;
  /** Height of a row, name included. */
  rowHeight?: number;
  tick?: (value: number) => string;
  /** Over all bins instead of the range that anything was counted in. */
  whole?: boolean;
}

/** Characters of a name that fit the chart. */
const NAME = 56;

const round = (value: number): string => String(Math.round(value * 10) / 10);
const short = (value: number): string =>
  (Number.isInteger(value) ? integer(value) : fixed(value, Math.abs(value) < 0.1 ? 2 : 1)).replace(
    '-',
    '\u2212',
  );

/** Middle of the counted values, as near as the bins tell. */
export function medianOf({ edges, counts }: Histogram): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let below = 0;
  for (const [i, count] of counts.entries()) {
    const [from = 0, to = 0] = [edges[i], edges[i + 1]];
    if (below + count >= total / 2) return from + ((total / 2 - below) / count) * (to - from);
    below += count;
  }
  return null;
}

/** Draws the comparison as an SVG element, over the range that anything was counted in. */
export function compareSvg({
  label,
  rows: given,
  width = 360,
  rowHeight = 58,
  tick = short,
  whole = false,
}: ComparisonChart): string {
  const rows = given.filter(({ histogram }) => histogram.counts.some((count) => count > 0));
  if (rows.length === 0) return '<p class=none>n/a: nothing to count</p>';
  const bounds = rows.map(({ histogram }) => (whole ? range(histogram) : occupied(histogram)));
  const from = Math.min(...bounds.map(([low]) => low));
  const to = Math.max(...bounds.map(([, high]) => high));
  const x = (value: number): number => 1 + ((value - from) / (to - from || 1)) * (width - 2);
  const height = rows.length * rowHeight + 18;
  const drawn = rows.map(({ name, histogram, plain: muted, median = medianOf(histogram) }, i) => {
    const base = (i + 1) * rowHeight;
    const most = Math.max(...histogram.counts);
    const bars = histogram.counts
      .map((count, bin) => {
        if (count === 0) return '';
        const left = x(histogram.edges[bin] ?? 0);
        const right = Math.max(left + 0.6, x(histogram.edges[bin + 1] ?? 0) - 0.6);
        return `M${round(left)} ${base}V${round(base - (count / most) * (rowHeight - 18))}H${round(right)}V${base}z`;
      })
      .join('');
    const mark =
      median === null ? '' : `<path class=median d="M${round(x(median))} ${base}V${base - rowHeight + 16}"/>`;
    return `<path class="bar${muted ? ' plain' : ''}" d="${bars}"/>${mark}<path class=base d="M0 ${base}H${width}"/><text x=0 y="${base - rowHeight + 12}">${plain(cut(name, NAME))}</text>`;
  });
  const values = ticks(from, to, 5);
  const axis = values
    .map((value) => {
      const at = x(value);
      const end = at > width - 12 ? ' end' : at < 8 ? ' start' : '';
      return `<text class="x${end}" x="${round(at)}" y="${height - 5}">${plain(tick(value))}</text>`;
    })
    .join('');
  return `<svg class=hist viewBox="0 0 ${width} ${height}" role=img aria-label="${plain(label)}">${drawn.join('')}${axis}</svg>`;
}

const range = ({ edges }: Histogram): [number, number] => [edges[0] ?? 0, edges.at(-1) ?? 0];

function occupied({ edges, counts }: Histogram): [number, number] {
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  return [edges[first] ?? 0, edges[last + 1] ?? 0];
}
