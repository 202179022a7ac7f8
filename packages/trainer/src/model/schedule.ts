/** How a learning rate moves over a run: up linearly, level, then down to 0. */
export interface Schedule {
  readonly steps: number;
  readonly peak: number;
  /** Share of the steps, at the start, in which it rises. */
  readonly warmupFraction: number;
  /** Share of the steps, at the end, in which it falls. */
  readonly decayFraction: number;
  readonly decay: 'cosine' | 'linear';
}

/** The learning rate of a step, counted from 0. It is above 0 at every step and reaches its peak after the warm-up. */
export function learningRate(schedule: Schedule, step: number): number {
  const { steps, peak, decay } = schedule;
  const warmup = Math.round(steps * schedule.warmupFraction);
  const fall = Math.min(Math.round(steps * schedule.decayFraction), steps - warmup);
  const rising = step < warmup ? (step + 1) / (warmup + 1) : 1;
  const into = step - (steps - fall);
  if (into < 0) return peak * rising;
  const left = 1 - (into + 1) / (fall + 1);
  return peak * rising * (decay === 'linear' ? left : 0.5 * (1 - Math.cos(Math.PI * left)));
}
