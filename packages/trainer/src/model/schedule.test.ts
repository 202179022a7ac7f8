import { expect, it } from 'vitest';
import { learningRate, type Schedule } from './schedule.ts';

const schedule: Schedule = {
  steps: 100,
  peak: 2,
  warmupFraction: 0.1,
  decayFraction: 0.4,
  decay: 'linear',
};
const rates = (change: Partial<Schedule> = {}): number[] =>
  Array.from({ length: change.steps ?? 100 }, (_, step) => learningRate({ ...schedule, ...change }, step));

it('rises by equal steps to the peak, stays, and falls by equal steps to just above 0', () => {
  const rate = rates();
  expect(rate[0]).toBeCloseTo(2 / 11, 12);
  expect(rate[9]).toBeCloseTo(20 / 11, 12);
  expect(rate.slice(10, 60)).toEqual(Array.from({ length: 50 }, () => 2));
  expect(rate[60]).toBeCloseTo((2 * 40) / 41, 12);
  expect(rate[99]).toBeCloseTo(2 / 41, 12);
});

it('follows half a cosine where asked to', () => {
  const rate = rates({ decay: 'cosine' });
  expect(rate[59]).toBe(2);
  for (const into of [0, 7, 39])
    expect(rate[60 + into]).toBeCloseTo(1 + Math.cos((Math.PI * (into + 1)) / 41), 12);
});

it('is positive at every step and never above its peak, whatever the fractions', () => {
  for (const steps of [1, 2, 3, 17])
    for (const warmupFraction of [0, 0.3, 1])
      for (const decayFraction of [0, 0.5, 1 - warmupFraction])
        for (const decay of ['linear', 'cosine'] as const) {
          const rate = rates({ steps, warmupFraction, decayFraction, decay });
          expect(Math.min(...rate)).toBeGreaterThan(0);
          expect(Math.max(...rate)).toBeLessThanOrEqual(2);
        }
});
