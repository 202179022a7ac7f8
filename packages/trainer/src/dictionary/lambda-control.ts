/** How lambda is found: given, or moved until so many features are active on a vector. */
export type LambdaRule =
  | { readonly kind: 'given'; readonly lambda: number }
  | { readonly kind: 'target'; readonly l0: number }
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
  /** What moves thresholds beside lambda, for each active feature; 0 where lambda does it. */
  readonly steer: number;
  /** The first reading of L0; null before it. */
  readonly first: number | null;
}

/** Where a run is when L0 is read. */
export interface Reading {
  readonly l0: number;
  /** The reconstruction's loss over what lambda multiplies; infinite where nothing is active. */
  readonly balance: number;
  /**
   * Share of the run that the reading stands for, times the learning rate's share of its peak: what the dictionary can
   * have done since the last one.
   */
  readonly share: number;
  /** Share of the run that is done. */
  readonly done: number;
}

/**
 * Lambda at the first reading, over the balance there. Runs end at 5 to 30 times it, and one that starts a hundred times
 * lower, or three times higher, ends as near to its target.
 */
const START = 4;
/** Share of the run in which L0 is led to its target. */
const APPROACH = 0.4;
/** A run's worth of readings that are off by a factor of e moves the logarithm of lambda by this much. */
const INTEGRAL_GAIN = 12;
/** A larger error is integrated as this one. */
const LARGEST_INTEGRATED = 2;
/** A reading that is off by a factor is answered at once by lambda over or times the same factor; at most e to the 4th. */
const LARGEST_ANSWERED = 4;

/** Share of the run in which a descent reaches its target. */
const DESCENT = 0.5;
/** Larger errors of a descent are taken for this one. */
const LARGEST_ERROR = 1;
/**
 * Gains of a descent, in units of the squared norm that each active feature would explain. A step moves thresholds
 * alone. A tanh moves activations with them, and a lambda that swings widely spoils what they reconstruct: it follows
 * slowly, and thresholds are steered beside it, as strongly as by a step.
 */
const DESCENT_GAINS = {
  step: { proportional: 8, integral: 2, steer: 0 },
  tanh: { proportional: 0.5, integral: 2, steer: 8 },
} as const;

export function startLambda(rule: LambdaRule): LambdaState {
  const lambda = rule.kind === 'given' ? rule.lambda : 0;
  return { level: lambda, lambda, steer: 0, first: null };
}

/**
 * Moves lambda after a reading of L0.
 *
 * L0 is led to its target along a geometric curve, from where it is at the first reading: before it nothing is asked.
 *
 * An L1 penalty is moved by a proportional and integral controller on lambda's logarithm, for L0 falls about as lambda to
 * a power. Where that starts is measured: by the balance of the loss at the first reading.
 *
 * A threshold that a large lambda has raised is out of reach of most inputs and hardly falls again. So a descent
 * answers what is off the curve by moving thresholds, strongly and with either sign: below 0 they are pulled down.
 */
export function controlLambda(rule: LambdaRule, state: LambdaState, reading: Reading): LambdaState {
  if (rule.kind === 'given') return state;
  const { l0, balance, share, done } = reading;
  const first = state.first ?? l0;
  const approach = rule.kind === 'target' ? APPROACH : DESCENT;
  const wanted = first * (rule.l0 / first) ** Math.min(1, done / approach);
  const off = Math.log(Math.max(l0, LEAST_L0) / wanted);
  if (rule.kind === 'target') {
    // Of a dictionary that is not active at all nothing can be measured yet.
    if (state.first === null && !(l0 > 0 && Number.isFinite(balance))) return state;
    const before = state.first === null ? START * balance : state.level;
    const level = before * Math.exp(INTEGRAL_GAIN * share * within(LARGEST_INTEGRATED, off));
    return { level, lambda: level * Math.exp(within(LARGEST_ANSWERED, off)), steer: 0, first };
  }
  const unit = (rule.squaredNorm / wanted) * within(LARGEST_ERROR, off);
  const { proportional, integral, steer } = DESCENT_GAINS[rule.penalty];
  const level = Math.max(0, state.level + integral * share * unit);
  return { level, lambda: level + proportional * unit, steer: steer * unit, first };
}

/** An L0 so small is none: its logarithm has to be finite. */
const LEAST_L0 = 1e-2;

const within = (most: number, error: number): number => Math.max(-most, Math.min(most, error));
