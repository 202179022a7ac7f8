/** Arrays of numbers by name: what a training run leaves. */
export type Trained = ReadonlyMap<string, ArrayLike<number>>;

/**
 * How far a run in float32 may be from the same run in float64, array by array: twice the median of how far runs are
 * whose every result is off by a random share of a rounding (Monte Carlo arithmetic, after Parker 1997). No bound of a
 * single step says it: an error of one step moves all later ones, more or less as the model and its optimiser have it,
 * and these runs show how much. The median, because a run in which an activation changed sides says nothing of others.
 * Besides, what float32 holds and means of what it counts exactly are off by a few roundings of their own.
 */
export function allowedDrift(want: Trained, noisy: readonly Trained[]): ReadonlyMap<string, number> {
  const medians = [...want.keys()].map((name) => {
    const drifts = noisy.map((run) => drift(run, want, name)).toSorted((a, b) => a - b);
    const largest = Array.from(want.get(name)!, Math.abs).reduce((a, b) => Math.max(a, b), 0);
    return [name, 2 * drifts[Math.floor(drifts.length / 2)]! + 4 * 2 ** -24 * largest] as const;
  });
  return new Map(medians);
}

/** Names of the arrays that are farther from what is wanted than allowed, with both numbers. */
export function beyondDrift(got: Trained, want: Trained, allowed: ReadonlyMap<string, number>): string[] {
  return [...allowed]
    .map(([name, most]) => ({ name, most, is: drift(got, want, name) }))
    .filter(({ is, most }) => !(is <= most))
    .map(({ name, most, is }) => `${name}: off by ${is}, allowed ${most}`);
}

function drift(got: Trained, want: Trained, name: string): number {
  const [values, others] = [got.get(name)!, want.get(name)!];
  let largest = 0;
  for (let i = 0; i < others.length; i++) {
    const difference = Math.abs(values[i]! - others[i]!);
    if (Number.isNaN(difference)) return NaN;
    largest = Math.max(largest, difference);
  }
  return largest;
}
