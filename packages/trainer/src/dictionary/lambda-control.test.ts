import { describe, expect, it } from 'vitest';
import { controlLambda, startLambda, type LambdaRule } from './lambda-control.ts';

/** Readings in a run. */
const READINGS = 60;
/** Features that are active without a penalty. */
const AT_FIRST = 120;

/**
 * What L0 ends at where it falls as (1 + λ / λ₀)^-2, a dozen readings late.
 *
 * @param measured the balance, by which the controller starts, over λ₀
 */
function ending(rule: LambdaRule, measured: number): number {
  let state = startLambda(rule);
  let log = Math.log(AT_FIRST);
  for (let i = 0; i < READINGS; i++) {
    log += (Math.log(AT_FIRST) - 2 * Math.log(1 + Math.max(state.lambda, -0.9)) - log) / 6;
    const done = (i + 1) / READINGS;
    state = controlLambda(rule, state, { l0: Math.exp(log), balance: measured, share: 1 / READINGS, done });
  }
  return Math.exp(log);
}

describe('a controller of lambda', () => {
  it.each([4, 12, 40])('brings L0 to %i from a start a hundred times too low or too high', (l0) => {
    // Where lambda would have to start to be right at once, in units of λ₀.
    const right = Math.sqrt(AT_FIRST / l0) - 1;
    for (const factor of [0.01, 1, 100]) {
      const off = ending({ kind: 'target', l0 }, (factor * right) / 4) / l0 - 1;
      expect(Math.abs(off), `from ${factor} times the right one`).toBeLessThan(0.1);
    }
  });

  it('asks nothing before the first reading, and nothing of a dictionary that is not active', () => {
    const rule = { kind: 'target', l0: 10 } as const;
    const start = startLambda(rule);
    expect(start.lambda).toBe(0);
    expect(controlLambda(rule, start, { l0: 0, balance: Infinity, share: 0.1, done: 0.1 })).toEqual(start);
  });

  it('lets a given lambda be', () => {
    const rule = { kind: 'given', lambda: 3 } as const;
    const reading = { l0: 500, balance: 1, share: 0.1, done: 0.5 };
    expect(controlLambda(rule, startLambda(rule), reading).lambda).toBe(3);
  });

  it('steers the thresholds of a tanh with either sign, and those of a step by lambda alone', () => {
    const reading = { balance: 1, share: 0.01, done: 0.6 };
    for (const penalty of ['tanh', 'step'] as const) {
      const rule = { kind: 'descent', l0: 10, squaredNorm: 64, penalty } as const;
      const first = controlLambda(rule, startLambda(rule), { ...reading, l0: 100, done: 0.1 });
      const [above, below] = [20, 5].map((l0) => controlLambda(rule, first, { ...reading, l0 }));
      if (penalty === 'step') {
        for (const { steer } of [above!, below!]) expect(Math.abs(steer)).toBe(0);
        expect(below!.lambda).toBeLessThan(0);
      } else {
        expect(above!.steer).toBeGreaterThan(above!.lambda);
        expect(below!.steer).toBeLessThan(0);
      }
    }
  });
});
