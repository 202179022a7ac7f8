import { describe, expect, it } from 'vitest';
import { normals } from '../random/seeded.ts';
import {
  controlLambda,
  readingInterval,
  startLambda,
  type LambdaRule,
  type LambdaState,
} from './lambda-control.ts';

/** Features that are active without a penalty. */
const AT_FIRST = 120;

interface Plant {
  readonly steps: number;
  /** How far log L0 moves in a step at the peak learning rate, for each unit of log lambda. */
  readonly response: number;
  /** L0 stays where it is AT_FIRST · (1 + lambda)^-power. */
  readonly power: number;
  /** The balance, by which the controller starts. */
  readonly balance: number;
}

/** What L0 ends at, where Adam's momentum feels lambda late and readings are off by a few percent. */
function ending(target: number, { steps, response, power, balance }: Plant): number {
  const rule = { kind: 'target', l0: target } as const;
  const noise = normals(3, steps, target);
  const since = readingInterval(rule, steps);
  let state = startLambda(rule);
  let log = Math.log(AT_FIRST);
  let felt: number | null = null;
  for (let step = 1; step <= steps; step++) {
    const rate = Math.min(1, (steps - step + 1) / (0.3 * steps));
    if (state.lambda > 0) {
      const logLambda = Math.log(state.lambda);
      felt = 0.9 * (felt ?? logLambda) + 0.1 * logLambda;
      const stays = Math.log(Math.max(1e-4, (AT_FIRST / Math.exp(log)) ** (1 / power) - 1));
      const force = Math.max(-1, Math.min(1, felt - stays));
      log = Math.min(Math.log(AT_FIRST), log - response * rate * force);
    }
    if (step % since !== 0 || step < 0.05 * steps) continue;
    const l0 = Math.exp(log + 0.04 * noise());
    state = controlLambda(rule, state, { l0, balance, step, since, steps, rate });
  }
  return Math.exp(log);
}

describe('a controller of lambda', () => {
  it.each([
    [240, 0.1, 2],
    [240, 0.3, 5],
    [800, 0.05, 2],
    [800, 0.3, 6],
    [20_000, 0.002, 1],
    [20_000, 0.1, 4],
  ])(
    'in %i steps brings L0 to its target, whether a step answers by %f and in the end to the power %i',
    (steps, response, power) => {
      for (const target of [5, 12, 60])
        for (const balance of [1, 10, 100]) {
          const off = ending(target, { steps, response, power, balance }) / target - 1;
          expect(Math.abs(off), `${target}, from ${balance}: ${off}`).toBeLessThan(0.1);
        }
    },
  );

  it('reads short runs more often, thresholds no more than they can follow, and a given lambda never', () => {
    const interval = (rule: LambdaRule) =>
      [1, 200, 399, 800, 5000].map((steps) => readingInterval(rule, steps));
    expect(interval({ kind: 'target', l0: 10 })).toEqual([1, 1, 1, 4, 10]);
    expect(interval({ kind: 'descent', l0: 10, squaredNorm: 64, penalty: 'step' })).toEqual([
      10, 10, 10, 10, 10,
    ]);
    expect(interval({ kind: 'given', lambda: 1 })).toEqual(Array.from({ length: 5 }, () => Infinity));
  });

  const at = { balance: 1, step: 10, since: 10, steps: 100, rate: 1 };

  it('asks nothing before the first reading, and nothing of a dictionary that is not active', () => {
    const rule = { kind: 'target', l0: 10 } as const;
    const start = startLambda(rule);
    expect(start.lambda).toBe(0);
    expect(controlLambda(rule, start, { ...at, l0: 0, balance: Infinity })).toEqual(start);
  });

  it('keeps lambda finite and above 0 where L0 falls to nothing', () => {
    const rule = { kind: 'target', l0: 10 } as const;
    let state: LambdaState = startLambda(rule);
    for (let step = 1; step <= 100; step++)
      state = controlLambda(rule, state, {
        ...at,
        step,
        since: 1,
        l0: step < 20 ? 40 : 0,
        balance: step < 20 ? 1 : Infinity,
      });
    expect(state.lambda).toBeGreaterThan(0);
    expect(state.lambda).toBeLessThan(0.05);
  });

  it('lets a given lambda be', () => {
    const rule = { kind: 'given', lambda: 3 } as const;
    expect(controlLambda(rule, startLambda(rule), { ...at, l0: 500 }).lambda).toBe(3);
  });

  it('steers the thresholds of a tanh with either sign, and those of a step by lambda alone', () => {
    for (const penalty of ['tanh', 'step'] as const) {
      const rule: LambdaRule = { kind: 'descent', l0: 10, squaredNorm: 64, penalty };
      const first = controlLambda(rule, startLambda(rule), { ...at, l0: 100, step: 10, since: 1 });
      const [above, below] = [20, 5].map((l0) =>
        controlLambda(rule, first, { ...at, l0, step: 60, since: 1 }),
      );
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
