import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import {
  ELEMENTWISE_SHAPES,
  FOLDED_ROWS,
  openUnchecked,
  runRecorded,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { copy } from './copy.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each([...ELEMENTWISE_SHAPES, [FOLDED_ROWS, 256]])(
  'copies every element of (%i,%i)',
  async (...shape) => {
    const x = sample(shape, seededRandom(1).normal);
    const { y } = await runRecorded(gpu, { x }, (p, v) => ({ y: copy(p, v.x) }));
    expect(y.findIndex((value, i) => value !== x.values[i])).toBe(-1);
  },
);
