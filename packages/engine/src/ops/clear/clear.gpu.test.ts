import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ELEMENTWISE_SHAPES, FOLDED_ROWS, openUnchecked, runRecorded, sample } from '../../testing/index.ts';
import { clear } from './clear.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each([...ELEMENTWISE_SHAPES, [FOLDED_ROWS, 256]])(
  'clears every element of (%i,%i)',
  async (...shape) => {
    const { y } = await runRecorded(gpu, { y: sample(shape, () => NaN) }, (p, v) => {
      clear(p, v.y);
      return { y: v.y };
    });
    expect(y.findIndex((value) => value !== 0)).toBe(-1);
  },
);
