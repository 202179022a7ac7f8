/** How lambda is found: given, or moved until so many features are active on a vector. */
export type LambdaRule =
  | { readonly kind: 'given'; readonly lambda: number }
  | { readonly kind: 'target'; readonly l0: number; readonly start: number };

/** What a controller keeps between readings. */
export interface LambdaState {
  /** The integral: what lambda is when L0 is at its target. */
  readonly level: number;
  readonly lambda: number;
}

/** A run's worth of readings that are off by a factor of e moves the logarithm of lambda by this much. */
const INTEGRAL_GAIN = 10;
/** A reading that is off by a factor is answered at once by this power of it. */
const PROPORTIONAL_GAIN = 0.5;
/** Larger errors are taken for this one: at the start L0 may be off by orders of magnitude. */
const LARGEST_ERROR = 1;

export function startLambda(rule: LambdaRule): LambdaState {
  const lambda = rule.kind === 'given' ? rule.lambda : rule.start;
  return { level: lambda, lambda };
}

/**
 * Moves lambda after a reading of L0: a proportional and integral controller on its logarithm, for L0 falls about as
 * lambda to a power.
 *
 * @param share of the run that the reading stands for, times the learning rate's share of its peak: what the
 *   dictionary can have done since the last one
 */
export function controlLambda(rule: LambdaRule, state: LambdaState, l0: number, share: number): LambdaState {
  if (rule.kind === 'given') return state;
  const off = Math.log(Math.max(l0, 1e-3) / rule.l0);
  const error = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, off));
  const level = state.level * Math.exp(INTEGRAL_GAIN * share * error);
  return { level, lambda: level * Math.exp(PROPORTIONAL_GAIN * error) };
}
