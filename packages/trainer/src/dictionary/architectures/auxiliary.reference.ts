import type { Row, Tape, Term } from '../testing/tape.ts';
import { meanSquaredDistance, reconstruct, type ReferenceParameters } from './reference.ts';

/**
 * AuxK: the mean of |e - ê|² for the error e = x - x̂, held fixed, and what the `count` dead features with the
 * largest pre-activations make of it, ê = Σ pre·w, without b_dec; 0 where no feature is dead.
 */
export function auxiliaryLoss(
  t: Tape,
  p: ReferenceParameters,
  x: readonly Row[],
  reconstruction: readonly Row[],
  pre: readonly Row[],
  dead: readonly boolean[],
  count: number,
): Term {
  if (!dead.includes(true)) return t.leaf(0);
  const error = x.map((row, b) => row.map((value, k) => t.detach(t.subtract(value, reconstruction[b]![k]!))));
  const chosen = pre.map((row) => {
    const largest = row
      .map(({ value }, j) => ({ value, j }))
      .filter(({ j }) => dead[j])
      .toSorted((a, b) => b.value - a.value || a.j - b.j)
      .slice(0, count);
    const kept = new Set(largest.map(({ j }) => j));
    return row.map((value, j) => (kept.has(j) ? value : t.leaf(0)));
  });
  return meanSquaredDistance(t, reconstruct(t, chosen, p, null), error);
}
