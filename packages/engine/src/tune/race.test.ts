import { describe, expect, test } from 'vitest';
import { seededRandom } from '../testing/random.ts';
import { race, type RaceResult } from './race.ts';

const { normal, uniform } = seededRandom(11);
const chance = (): number => uniform(0, 1);

/** How many times longer something takes than on an idle machine, from one moment to the next. */
const MACHINES: Readonly<Record<string, () => () => number>> = {
  idle: () => () => Math.exp(0.01 * normal()),
  noisy: () => () => Math.exp(0.1 * normal()),
  'taken by turns': () => {
    let taken = false;
    return () => {
      if (chance() < 0.15) taken = !taken;
      return (taken ? 2 : 1) * Math.exp(0.05 * normal());
    };
  },
  interrupted: () => () => Math.exp(0.03 * normal()) * (chance() < 0.25 ? 1 + 2 * chance() : 1),
};

/** Races of kernels that take these milliseconds on an idle machine, the suggested one first. */
async function races(machine: string, costs: readonly number[], count: number): Promise<RaceResult[]> {
  const names = costs.map((_, i) => `kernel ${i}`);
  const results: RaceResult[] = [];
  for (let i = 0; i < count; i++) {
    const slower = MACHINES[machine]!();
    results.push(
      await race(names, (name) => Promise.resolve((costs[names.indexOf(name)]! / 1000) * slower())),
    );
  }
  return results;
}

const share = (results: readonly RaceResult[], choice: string): number =>
  results.filter((result) => result.choice === choice).length / results.length;

describe.each(Object.keys(MACHINES))('on a machine that is %s', (machine) => {
  // 200 races of a machine that is fooled in 5 % of them: 0.1 is three standard errors away.
  test('kernels that are as fast as the suggested one seldom take its place', async () => {
    expect(share(await races(machine, [20, 20, 20, 20, 20, 20, 20, 20], 200), 'kernel 0')).toBeGreaterThan(
      0.9,
    );
  });

  test('a kernel that takes half of the time is found', async () => {
    // Where it is not, the rounds differ so much that the suggested one is kept.
    expect(share(await races(machine, [20, 22, 10, 30, 21], 200), 'kernel 2')).toBeGreaterThan(0.8);
  });
});

test('on an idle machine a kernel that is faster by a tenth is found, and one that is by a fiftieth left', async () => {
  expect(share(await races('idle', [20, 18, 25], 100), 'kernel 1')).toBe(1);
  expect(share(await races('idle', [20, 19.6, 25], 100), 'kernel 0')).toBeGreaterThan(0.95);
});

test('kernels that are far behind are timed twice, and the suggested one always', async () => {
  const timed: string[] = [];
  const costs: Readonly<Record<string, number>> = { suggested: 3, near: 2.9, far: 9 };
  const result = await race(Object.keys(costs), (name) => {
    timed.push(name);
    return Promise.resolve(costs[name]! / 1000);
  });
  const runs = (kernel: string): number => timed.filter((name) => name === kernel).length;
  expect([runs('suggested'), runs('near'), runs('far')]).toEqual([18, 9, 2]);
  expect(result).toEqual({
    choice: 'near',
    undecided: false,
    kernels: {
      suggested: { rounds: 9, milliseconds: 3, ratio: 1, spread: 0 },
      near: { rounds: 9, milliseconds: 2.9, ratio: 0.967, spread: 0 },
      far: { rounds: 2, milliseconds: 9, ratio: 3, spread: 0 },
    },
  });
});

test('where the rounds differ by more than a kernel is faster, the suggested one stays, and this is said', async () => {
  const milliseconds = [5, 9, 12, 7, 9, 13, 6, 9, 11];
  const result = await race(['suggested', 'another'], (name) =>
    Promise.resolve((name === 'suggested' ? 10 : milliseconds.shift()!) / 1000),
  );
  expect(result.choice).toBe('suggested');
  expect(result.undecided).toBe(true);
  expect(result.kernels['another']).toEqual({ rounds: 9, milliseconds: 9, ratio: 0.9, spread: 0.373 });
});
