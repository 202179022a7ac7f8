import { expect, test } from 'vitest';
import { batchtopk } from './architectures/batchtopk.ts';
import { stepScalars } from './step-program.ts';

const architecture = batchtopk({ k: 4, auxiliary: null });

/** The running threshold after a run in which that of a batch falls from 1 to 0.5 in its first half. */
function thresholdAfter(total: number, steps?: number): number {
  let running = 0;
  for (let step = 1; step <= total; step++) {
    const { thresholdRate } = stepScalars(architecture, { penalty: 0, step, ...(steps && { steps }) });
    const ofBatch = Math.max(0.5, 1 - step / total);
    running += thresholdRate! * (ofBatch - running);
  }
  return running;
}

test('the running threshold is that of the end of a run, long or short', () => {
  // The first value counts whole, so a run of one step has its own.
  expect(thresholdAfter(1, 1)).toBe(0.5);
  for (const steps of [60, 240, 10_000]) expect(thresholdAfter(steps, steps)).toBeCloseTo(0.5, 4);
  // A mean over a hundred steps remembers the beginning of a run of 240.
  expect(thresholdAfter(240)).toBeGreaterThan(0.55);
});
