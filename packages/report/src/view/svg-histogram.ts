import type { Histogram } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { integer } from './number.ts';

/** What a histogram shows and how large it is drawn, in units of the picture. */
export interface HistogramChart {
  histogram: Histogram;
  /** What is counted, for those who cannot see it. */
  label: string;
  /** Logarithmic where small counts matter. */
  y: 'log' | 'linear';
  width?: number;
  height?: number;
  /** Below zero drawn in the second colour. */
  signed?: boolean;
  /** Where ticks stand on the axis. Default: at round values. */
  ticks?: readonly number[];
  /** Text of a tick. */
  tick?: (value: number) => string;
  /** A vertical line with a text at it. */
  mark?: { at: number; text: string };
  /** Without axes, for a thumbnail. */
  bare?: boolean;
}

/** A tick is a round number already; only float noise and the minus sign need care. */
const short = (value: number): string => String(Number(value.toPrecision(3))).replace('-', '\u2212');
const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Round values that divide a range, at most about `most` of them. */
export function ticks(from: number, to: number, most: number): number[] {
  const span = to - from;
  if (!(span > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= most) ?? 10);
  const found: number[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * span; i++)
    found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** A histogram as an SVG element; a sentence instead when it has no bins. */
export function histogramSvg(chart: HistogramChart): string {
  const { histogram, label, y, width = 360, height = 128, tick = short, bare = false } = chart;
  const { edges, counts } = histogram;
  const first = edges[0];
  const last = edges.at(-1);
  const most = Math.max(...counts, 0);
  if (first === undefined || last === undefined || most === 0)
    return '<p class=none>n/a: nothing to count</p>';
  const left = bare ? 0 : 34;
  const top = bare ? 1 : chart.mark ? 16 : 6;
  const base = bare ? height - 1 : height - 18;
  const span = last - first || 1;
  // All bins of our histograms are equally wide. Whole units are fewer bytes, and little is lost where bins are wide.
  const room = (width - left - 1) / counts.length;
  const unit = room < 8 ? 0.1 : 1;
  const bin = Math.floor(room / unit) * unit;
  const right = left + bin * counts.length;
  const x = (value: number): number => left + ((value - first) / span) * (right - left);
  const high = y === 'log' ? Math.log10(most) + 1 : most;
  // On the logarithmic scale a count of 1 has a height of its own and 0 has none.
  const scale = (count: number): number => (y === 'log' ? (count > 0 ? Math.log10(count) + 1 : 0) : count);
  const at = (count: number): number => base - (scale(count) / high) * (base - top);
  const below = chart.signed ? edges.filter((edge) => edge < -1e-12).length : 0;
  const bars = [
    { name: '"col neg"', from: 0, to: Math.min(below, counts.length) },
    { name: 'col', from: below, to: counts.length },
  ]
    .map(({ name, from, to }) => {
      const path = outline(counts.slice(from, to).map(at), bin, base);
      return path && `<path class=${name} d="M${round(left + from * bin)} ${base}${path}"/>`;
    })
    .join('');
  return (
    `<svg class="hist${bare ? ' bare' : ''}" viewBox="0 0 ${width} ${height}" role=img aria-label="${plain(label)}">` +
    (bare
      ? ''
      : yAxis(y, most, at, left, round(right + 1)) +
        xAxis(chart.ticks ?? ticks(first, last, 5), last, x, base, tick)) +
    bars +
    `<path class=base d="M${left} ${base}H${round(right + 1)}"/>` +
    (chart.mark ? markSvg(chart.mark, x, top, base, width) : '') +
    '</svg>'
  );
}

/** The steps of an outline from and to its base, a run of equal ones at once; empty where nothing rises above it. */
function outline(levels: readonly number[], bin: number, base: number): string {
  let path = '';
  let before = base;
  let run = 0;
  for (const level of levels) {
    // What was counted is seen.
    const height = level < base ? Math.min(base - 1, Math.round(level)) : base;
    if (height !== before) {
      path += `${run > 0 ? `h${round(run)}` : ''}V${height}`;
      before = height;
      run = 0;
    }
    run += bin;
  }
  return before === base ? path : `${path}h${round(run)}V${base}`;
}

function yAxis(
  y: 'log' | 'linear',
  most: number,
  at: (count: number) => number,
  left: number,
  right: string,
): string {
  const powers = Math.floor(Math.log10(most)) + 1;
  const every = Math.ceil(powers / 4);
  const values =
    y === 'log'
      ? Array.from({ length: powers }, (_, i) => 10 ** i).filter((_, i) => i % every === 0)
      : ticks(0, most, 3).filter((value) => value > 0 && Number.isInteger(value));
  return values
    .map((value) => {
      const level = round(at(value));
      const text = value >= 1e6 ? `${value / 1e6}M` : value >= 1e4 ? `${value / 1e3}k` : integer(value);
      return `<path class=grid d="M${left} ${level}H${right}"/><text class=y x=${left - 4} y=${level}>${text}</text>`;
    })
    .join('');
}

function xAxis(
  values: readonly number[],
  last: number,
  x: (value: number) => number,
  base: number,
  tick: (value: number) => string,
): string {
  return values
    .map((value, i) => {
      const name = x(value) > x(last) - 12 && i === values.length - 1 ? '"x end"' : 'x';
      return `<text class=${name} x=${round(x(value))} y=${base + 13}>${plain(tick(value))}</text>`;
    })
    .join('');
}

function markSvg(
  mark: { at: number; text: string },
  x: (value: number) => number,
  top: number,
  base: number,
  width: number,
): string {
  const at = round(x(mark.at));
  const anchor = x(mark.at) > width / 2 ? 'end' : 'start';
  return (
    `<path class="mark" d="M${at} ${top - 4}V${base}"/>` +
    `<text class="mark ${anchor}" x="${at}" y="${top - 6}">${plain(mark.text)}</text>`
  );
}
