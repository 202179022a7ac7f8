import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkOp, ON_BOTH, openUnchecked, sample, seededRandom } from '../../testing/index.ts';
import { linear, unembed } from './linear.ts';
import { linearInputs } from './linear-inputs.ts';
import { linearReference, unembedReference } from './linear.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

// Rows, inputs, outputs: whole vectors and edges. The products' own tests go around their tiles, those of column-sum
// beyond one pass; tiles of more rows take seconds to compile on a CPU.
const SIZES = [
  [1, 1, 1],
  [7, 5, 3],
  [16, 12, 16],
  [13, 16, 15],
  [8, 8, 8],
] as const;

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(SIZES)(
    'linear of (%i,%i) to %i and its gradients agree with float64, with and without ReLU',
    async (rows, inputs, outputs) => {
      for (const relu of [false, true]) {
        await checkOp(choose(gpu), {
          op: linear,
          options: () => ({ relu, label: 'y' }),
          inputs: linearInputs(seededRandom(rows), rows, inputs, outputs),
          reference: linearReference(rows, inputs, outputs, relu),
        });
      }
    },
  );

  test.each(SIZES)(
    'unembedding of (%i,%i) to %i and its gradients agree with float64',
    async (rows, width, vocabulary) => {
      const random = seededRandom(rows);
      await checkOp(choose(gpu), {
        op: unembed,
        options: () => ({ label: 'logits' }),
        inputs: { x: sample([rows, width], random.normal), w: sample([vocabulary, width], random.normal) },
        reference: unembedReference(rows, width, vocabulary),
      });
    },
  );
});

test('linear and unembed refuse widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const x = p.temporary('x', [4, 8]);
  const w = p.temporary('w', [6, 3]);
  const b = p.temporary('b', [3]);
  expect(() => p.apply(linear, { x, w, b }, { relu: false, label: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: linear: D differs, x (4,8) says 8 and w (D,M) (6,3) says 6]`,
  );
  expect(() => p.apply(unembed, { x, w }, { label: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: unembed: D differs, x (4,8) says 8 and w (V,D) (6,3) says 3]`,
  );
});
