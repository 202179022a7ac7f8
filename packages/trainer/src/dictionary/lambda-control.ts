import { afterReading, startEstimate, type L0Estimate } from './l0-estimate.ts';

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
  /** What lambda is when L0 is where it should be. */
  readonly level: number;
  readonly lambda: number;
  /** What moves thresholds beside lambda, for each active feature; 0 where lambda does it. */
  readonly steer: number;
  /** The first reading of L0; null before it. */
  readonly first: number | null;
  /** How L0 answers to a penalty; null where it is not asked. */
  readonly estimate: L0Estimate | null;
}

/** A reading of L0, and where a run is then. */
export interface Reading {
  readonly l0: number;
  /** The reconstruction's loss over what lambda multiplies; infinite where nothing is active. */
  readonly balance: number;
  /** Steps done, those since the last reading, and those of the whole run. */
  readonly step: number;
  readonly since: number;
  readonly steps: number;
  /** Learning rate, over its peak. */
  readonly rate: number;
}

/** Readings that a run has at least, where it has so many steps, and steps between two of them at most. */
const [LEAST_READINGS, LARGEST_INTERVAL] = [200, 10];

/**
 * Steps between two readings; infinite where none is needed. In a short run an L0 that lambda alone decides may halve in
 * ten steps. What thresholds are moved by is the error itself, and the noise of single batches would move them too.
 */
export function readingInterval({ kind }: LambdaRule, steps: number): number {
  if (kind === 'given') return Infinity;
  if (kind === 'descent') return LARGEST_INTERVAL;
  return Math.max(1, Math.min(LARGEST_INTERVAL, Math.floor(steps / LEAST_READINGS)));
}

/**
 * Lambda at the first reading, over the balance there: low, for what a large lambda has killed in ten steps does not
 * come back. Runs end at a third to a hundred times it.
 */
const START = 0.1;
/** Share of the run in which L0 is led to its target. */
const APPROACH = 0.4;
/** Steps in which what is off is to be made good, or two intervals where that is longer. Adam feels lambda after ten. */
const HORIZON = 15;
/** Lambda is at most e times, and at least 1 / e of, the one under which L0 would stay. */
const LARGEST_PUSH = 1;
/** A learning rate below this share of its peak counts as this: L0 answers faster in the end than the rate says. */
const LEAST_RATE = 0.2;

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
  return { level: lambda, lambda, steer: 0, first: null, estimate: null };
}

/**
 * Moves lambda after a reading of L0.
 *
 * L0 is led to its target along a geometric curve, from where it is at the first reading: before it nothing is asked.
 */
export function controlLambda(rule: LambdaRule, state: LambdaState, reading: Reading): LambdaState {
  switch (rule.kind) {
    case 'given':
      return state;
    case 'target':
      return followTarget(rule.l0, state, reading);
    case 'descent':
      return descend(rule, state, reading);
  }
}

/** L0 on the curve to its target. */
const wantedAt = (target: number, first: number, done: number, approach: number): number =>
  first * (target / first) ** Math.min(1, done / approach);

/**
 * An L1 penalty is held at the lambda under which L0 would stay, and pushed beside it as far as what is off asks for.
 * Which lambda that is, and what a push does, is learnt from the readings: a gain that is slow for one dictionary makes
 * another swing about its target.
 */
function followTarget(target: number, state: LambdaState, reading: Reading): LambdaState {
  const { balance, step, since, steps } = reading;
  const rate = Math.max(LEAST_RATE, reading.rate);
  // Of a dictionary that is not active at all nothing can be measured yet.
  if (state.estimate === null && !(reading.l0 > 0 && balance > 0 && Number.isFinite(balance))) return state;
  const l0 = Math.max(reading.l0, LEAST_L0);
  const estimate =
    state.estimate === null
      ? startEstimate(l0, Math.log(START * balance))
      : afterReading(state.estimate, { steps: since, rate, logLambda: Math.log(state.lambda) }, l0);
  const first = state.first ?? l0;
  const wanted = wantedAt(target, first, (step + since) / steps, APPROACH);
  const off = estimate.log - Math.log(wanted);
  const push = off / (Math.max(HORIZON, 2 * since) * Math.exp(estimate.response) * rate);
  const lambda = Math.exp(estimate.level + within(LARGEST_PUSH, push));
  return { level: Math.exp(estimate.level), lambda, steer: 0, first, estimate };
}

/**
 * A threshold that a large lambda has raised is out of reach of most inputs and hardly falls again. So a descent
 * answers what is off the curve by moving thresholds, strongly and with either sign: below 0 they are pulled down.
 */
function descend(rule: Descent, state: LambdaState, reading: Reading): LambdaState {
  const { l0, step, since, steps, rate } = reading;
  const first = state.first ?? l0;
  const wanted = wantedAt(rule.l0, first, step / steps, DESCENT);
  const off = Math.log(Math.max(l0, LEAST_L0) / wanted);
  const unit = (rule.squaredNorm / wanted) * within(LARGEST_ERROR, off);
  const { proportional, integral, steer } = DESCENT_GAINS[rule.penalty];
  // What the dictionary can have done since the last reading, as a share of the run.
  const share = (since / steps) * rate;
  const level = Math.max(0, state.level + integral * share * unit);
  return { level, lambda: level + proportional * unit, steer: steer * unit, first, estimate: null };
}

/** An L0 so small is none: its logarithm has to be finite. */
const LEAST_L0 = 1e-2;

const within = (most: number, error: number): number => Math.max(-most, Math.min(most, error));
