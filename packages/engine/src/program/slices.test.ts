import { expect, test } from 'vitest';
import { seededRandom } from '../testing/index.ts';
import { Slices } from './slices.ts';

/** Milliseconds of each slice by what its dispatches really take. */
function take(ends: readonly number[], real: readonly number[]): number[] {
  let from = 0;
  return ends.map((end) => {
    const sum = real.slice(from, end).reduce((total, ms) => total + ms, 0);
    from = end;
    return sum;
  });
}

test('slices follow each other to the end, and exceed the budget only where one dispatch does', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const estimates = Array.from({ length: 1 + random.below(60) }, () => random.uniform(0.02, 40));
    const budget = random.uniform(5, 120);
    const ends = new Slices(estimates).ends(budget);
    expect(ends.at(-1)).toBe(estimates.length);
    let from = 0;
    for (const [index, ms] of take(ends, estimates).entries()) {
      const count = ends[index]! - from;
      expect(count).toBeGreaterThan(0);
      if (count > 1) expect(ms).toBeLessThanOrEqual(budget);
      from = ends[index]!;
    }
  }
});

test('a program of a few short dispatches is one submission, which nobody needs to measure', () => {
  const slices = new Slices(Array.from({ length: 25 }, () => 0));
  expect(slices.ends(100)).toEqual([25]);
  expect(slices.worthMeasuring).toBe(false);
});

test('a program is slight where no dispatch has more to do than any takes', () => {
  expect(new Slices([0, 0.01, 0]).slight).toBe(true);
  expect(new Slices([0, 0.5, 0]).slight).toBe(false);
});

test('whatever the first estimates, measuring brings every slice under about the budget and wastes few', () => {
  for (let seed = 0; seed < 50; seed++) {
    const random = seededRandom(seed);
    const real = Array.from({ length: 40 }, () => random.uniform(0.1, 30));
    // Some kernels are far faster than the class's rate says, some slower.
    const slices = new Slices(real.map((ms) => ms * 10 ** random.uniform(-1, 2)));
    for (let run = 0; run < 60; run++) {
      const ends = slices.ends(100);
      let from = 0;
      for (const [index, ms] of take(ends, real).entries()) {
        slices.measured(from, ends[index]!, ms);
        from = ends[index]!;
      }
    }
    const taken = take(slices.ends(100), real);
    // Within a slice the shares of its dispatches stay guesses, so a cut may land off by one of them.
    for (const ms of taken) expect(ms).toBeLessThan(160);
    expect(taken.length).toBeLessThan(3 * Math.ceil(real.reduce((sum, ms) => sum + ms, 0) / 100));
  }
});

test('one measurement moves an estimate by no more than a factor of two, so that a pause of the machine does little', () => {
  const slices = new Slices([30, 30, 30]);
  expect(slices.ends(100)).toEqual([3]);
  slices.measured(0, 3, 100_000);
  expect(slices.ends(100)).toEqual([1, 2, 3]);
  for (let i = 0; i < 3; i++) slices.measured(i, i + 1, 0.001);
  expect(slices.ends(100)).toEqual([3]);
});
