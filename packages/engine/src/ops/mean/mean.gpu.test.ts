import { afterAll, beforeAll, describe, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { checkOp, FOLDED_ROWS, ON_BOTH, openUnchecked, sample, seededRandom } from '../../testing/index.ts';
import { mean } from './mean.ts';
import { meanReference } from './mean.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

// A lane takes runs of 64 elements: sizes go around one run, and around a run for each of 4 or 64 lanes.
const SHAPES = [[1], [7], [63], [5, 13], [257], [4095], [64, 64], [4097], [3, 5461]];

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SHAPES.map((shape) => ({ shape })))(
    'the mean of $shape and its gradient agree with float64',
    async ({ shape }) => {
      const inputs = { x: sample(shape, seededRandom(1).normal) };
      await checkOp(choose(gpu), {
        op: mean,
        options: () => ({}),
        inputs,
        reference: meanReference(sizeOf(shape)),
      });
    },
  );
});

test('the gradient of a mean reaches every element when its grid folds past 65,535 workgroups', async () => {
  const size = FOLDED_ROWS * 64;
  const inputs = { x: sample([size], seededRandom(1).normal) };
  await checkOp(gpu, { op: mean, options: () => ({}), inputs, reference: meanReference(size) });
});
