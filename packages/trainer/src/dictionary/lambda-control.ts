/** How lambda is found: given, or moved until so many features are active on a vector. */
export type LambdaRule =
  | { readonly kind: 'given'; readonly lambda: number }
  | { readonly kind: 'target'; readonly l0: number; readonly start: number }
  | Descent;

/** As a target, for thresholds. */
export interface Descent {
  readonly kind: 'descent';
  readonly l0: number;
  /** Mean |x|² of the activations, in whose units lambda is. */
  readonly squaredNorm: number;
  /** What lambda weighs: see DESCENT_GAINS. */
  readonly penalty: 'step' | 'tanh';
}

/** What a controller keeps between readings. */
export interface LambdaState {
  /** The integral: what lambda is when L0 is where it should be. */
  readonly level: number;
  readonly lambda: number;
  /** The first reading of L0; null before it. */
  readonly first: number | null;
}

/** Where a run is when L0 is read. */
export interface Reading {
  readonly l0: number;
  /**
   * Share of the run that the reading stands for, times the learning rate's share of its peak: what the dictionary can
   * have done since the last one.
   */
  readonly share: number;
  /** Share of the run that is done. */
  readonly done: number;
}

/** A run's worth of readings that are off by a factor of e moves the logarithm of lambda by this much. */
const INTEGRAL_GAIN = 10;
/** A reading that is off by a factor is answered at once by this power of it. */
const PROPORTIONAL_GAIN = 0.5;
/** Larger errors are taken for this one: at the start L0 may be off by orders of magnitude. */
const LARGEST_ERROR = 1;

/** Share of the run in which a descent reaches its target. */
const DESCENT = 0.5;
/**
 * The same gains for a descent, in units of the squared norm that each active feature would explain. A step moves
 * thresholds alone; a tanh moves activations with them, and a lambda that swings widely spoils what they reconstruct.
 */
const DESCENT_GAINS = {
  step: { proportional: 8, integral: 2 },
  tanh: { proportional: 0.5, integral: 2 },
} as const;

export function startLambda(rule: LambdaRule): LambdaState {
  const lambda = rule.kind === 'given' ? rule.lambda : rule.kind === 'target' ? rule.start : 0;
  return { level: lambda, lambda, first: null };
}

/**
 * Moves lambda after a reading of L0.
 *
 * To a target by a proportional and integral controller on its logarithm, for L0 falls about as lambda to a power.
 *
 * A threshold that a large lambda has raised is out of reach of most inputs and hardly falls again. So a descent leads
 * L0 from where it starts to its target along a curve, geometric over the first half of the run, and answers what is
 * off it with lambda itself, strongly and with either sign: below 0 lambda pulls thresholds down.
 */
export function controlLambda(
  rule: LambdaRule,
  state: LambdaState,
  { l0, share, done }: Reading,
): LambdaState {
  if (rule.kind === 'given') return state;
  const first = state.first ?? l0;
  const wanted = rule.kind === 'target' ? rule.l0 : first * (rule.l0 / first) ** Math.min(1, done / DESCENT);
  const off = Math.log(Math.max(l0, 1e-3) / wanted);
  const error = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, off));
  if (rule.kind === 'target') {
    const level = state.level * Math.exp(INTEGRAL_GAIN * share * error);
    return { level, lambda: level * Math.exp(PROPORTIONAL_GAIN * error), first };
  }
  const unit = (rule.squaredNorm / wanted) * error;
  const { proportional, integral } = DESCENT_GAINS[rule.penalty];
  const level = Math.max(0, state.level + integral * share * unit);
  return { level, lambda: level + proportional * unit, first };
}
