/** Shown where a value does not exist. */
export const MISSING = 'n/a';

const MINUS = '\u2212';
const integers = /* @__PURE__ */ new Intl.NumberFormat('en-GB');

/** A count with thousands separators: 12,345. */
export function integer(value: number): string {
  return integers.format(value).replace('-', MINUS);
}

/** A number to three significant digits, in scientific form only when it is very small or very large. */
export function significant(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e6) {
    const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
    return `${mantissa}e${exponent?.replace('+', '')}`.replaceAll('-', MINUS);
  }
  // Of the rounded size: 99.98 is written 100, and not 100.0.
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Number(size.toPrecision(digits)))));
  return value.toFixed(Math.min(decimals, 6)).replace('-', MINUS);
}

/** A fraction as a percentage to three significant digits: 1.23 %. */
export function percent(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return MISSING;
  return `${significant(fraction * 100)}\u202f%`;
}

/**
 * A share of a whole as a percentage to one decimal, as HTML: what is counted of few tokens has no more than that to say.
 * 41.7 %; what is more than nothing and below that is &lt;0.1 %.
 */
export function share(fraction: number | null | undefined): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return MISSING;
  const rounded = (fraction * 100).toFixed(1);
  const text = Number(rounded) > 0 ? rounded.replace(/^100\.0$/, '100') : fraction > 0 ? '&lt;0.1' : '0';
  return `${text}\u202f%`;
}

/** A percentage at a tick of an axis, which is a round number: 2 %, 0.5 %. */
export const percentTick = (fraction: number): string => `${Number((fraction * 100).toPrecision(3))}\u202f%`;

/** A number with its sign and fixed decimals: +0.42, −0.03. */
export function signed(value: number | null | undefined, decimals = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const text = Math.abs(value).toFixed(decimals);
  if (Number(text) === 0) return text;
  return (value < 0 ? MINUS : '+') + text;
}

/** A number with fixed decimals. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', MINUS);
}

/** A count with its noun: 1 token, 1,200 tokens. */
export function counted(value: number, noun: string): string {
  return `${integer(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** A size in bytes: 2.4 MB. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${significant(bytes / 1000 ** power)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

/** A time in seconds: 3.2 s, 4 min 10 s. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${significant(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
