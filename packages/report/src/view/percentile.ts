/** A value whose rounding is known is within this of the true one: three digits here, five of the largest in the records. */
const marginOf = (value: number, largest: number): number => 0.005 * value + 1e-4 * largest;

/**
 * How many of a feature's activations one is stronger than, as far as a histogram tells: those in lower bins are
 * weaker for certain, those in its own may be either. Empty where it tells nothing.
 *
 * @param activation rounded to three digits
 * @param largest where the last bin ends; the first begins at 0
 * @param counts of activations in equal bins
 */
export function percentile(activation: number, largest: number, counts: readonly number[]): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!(activation > 0) || !(largest > 0) || total === 0) return '';
  const margin = marginOf(activation, largest);
  const bin = (value: number): number =>
    Math.min(counts.length - 1, Math.max(0, Math.floor((value / largest) * counts.length)));
  const below = (end: number): number => counts.slice(0, end).reduce((sum, count) => sum + count, 0);
  // Rounded outwards, so that what is said holds.
  const least = Math.floor((below(bin(activation - margin)) / total) * 1000) / 10;
  const most = Math.ceil(((below(bin(activation + margin) + 1) - 1) / total) * 1000) / 10;
  if (least <= 0 && most >= 100) return '';
  const share =
    least <= 0
      ? `at most ${most}`
      : most >= 100
        ? `at least ${least}`
        : least >= most
          ? String(least)
          : `${least} to ${most}`;
  return `stronger than ${share}\u202f% of its activations`;
}
