import type { Histogram } from '../records/schema.ts';

/** Which of `bins` equal parts of (0, max] a value lies in, each open below and closed above. */
export function binOf(value: number, max: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.ceil((value / max) * bins) - 1));
}

/** The edges of `bins` equal parts from `low` to `high`. */
export function edgesOf(low: number, high: number, bins: number): number[] {
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + ((high - low) * i) / bins));
}

/** A histogram in equal bins from the lowest to the highest value, or without bins where there are no values. */
export function histogramOf(
  values: ArrayLike<number>,
  bins: number,
  range?: readonly [number, number],
): Histogram {
  if (values.length === 0) return { edges: [], counts: [] };
  let [low, high] = range ?? [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]!);
    high = Math.max(high, values[i]!);
  }
  // A single value gets bins of some width around it.
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const counts = Array.from({ length: bins }, () => 0);
  for (let i = 0; i < values.length; i++) {
    counts[Math.min(bins - 1, Math.floor(((values[i]! - low) / (high - low)) * bins))]! += 1;
  }
  return { edges: edgesOf(low, high, bins), counts };
}

/** The middle of the values, the mean of the two in the middle where their number is even; NaN where there are none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
