import type { SampledEntry } from './entry-sample.ts';

/** Levels of activation that examples are taken at: 0 is the largest, 10 next to nothing. Source: Bricken et al. 2023. */
export const LEVELS = 11;

/** The level whose band, a tenth of the largest activation wide and centred on it, an activation lies in. */
export function levelOf(value: number, max: number): number {
  return Math.min(LEVELS - 1, Math.max(0, 10 - Math.ceil((value / max) * 10 - 0.5)));
}

/** The band of a level, open below and closed above, as shares of the largest activation. */
export function bandOf(level: number): { readonly from: number; readonly to: number } {
  return { from: Math.max(0, 0.95 - level / 10), to: Math.min(1, 1.05 - level / 10) };
}

/**
 * The `count` entries of a sample nearest to (1 - level/10) of its largest activation, strongest first; of two as
 * near the stronger.
 *
 * @param sample by activation, largest first
 */
export function nearestToLevel(
  sample: readonly SampledEntry[],
  level: number,
  count: number,
): SampledEntry[] {
  const target = (1 - level / 10) * (sample[0]?.value ?? 0);
  let [low, high] = [0, sample.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sample[middle]!.value >= target) low = middle + 1;
    else high = middle;
  }
  // The first `low` are at the target or above it; the window grows to whichever side is nearer.
  let [from, to] = [low, low];
  while (to - from < count && (from > 0 || to < sample.length)) {
    const above = from > 0 ? sample[from - 1]!.value - target : Infinity;
    const below = to < sample.length ? target - sample[to]!.value : Infinity;
    if (above <= below) from -= 1;
    else to += 1;
  }
  return sample.slice(from, to);
}
