import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkOp, ON_BOTH, openUnchecked, sample, seededRandom } from '../../testing/index.ts';
import { causalAttention } from './causal-attention.ts';
import { causalAttentionReference } from './causal-attention.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(
  on: Gpu,
  sequences: number,
  context: number,
  heads: number,
  headWidth: number,
): Promise<void> {
  const random = seededRandom(context);
  await checkOp(on, {
    op: causalAttention,
    options: () => ({ heads, context }),
    inputs: { qkv: sample([sequences * context, 3 * heads * headWidth], random.normal) },
    reference: causalAttentionReference({ sequences, context, heads, headWidth }),
  });
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([
    [1, 1, 1, 1],
    [2, 7, 3, 5],
    [1, 15, 1, 3],
    [3, 16, 2, 4],
    [2, 17, 2, 8],
    [1, 65, 1, 4],
  ])(
    'attention of %i sequences of %i, %i heads of %i, agrees with float64',
    async (sequences, context, heads, headWidth) => {
      await check(choose(gpu), sequences, context, heads, headWidth);
    },
  );
});

test('attention reaches every row when the grid of its softmax folds past 65,535 workgroups', async () => {
  await check(gpu, 32_769, 2, 1, 1);
});

test('causalAttention refuses rows that are no whole sequences, and widths that are no whole heads', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = (shape: number[]) => () =>
    p.apply(causalAttention, { qkv: p.temporary('qkv', shape) }, { heads: 2, context: 4 });
  expect(apply([7, 24])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: causalAttention: expected qkv (N,3D) with N a multiple of the context 4 and D of 2 heads, got (7,24)]`,
  );
  expect(apply([8, 15])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: causalAttention: expected qkv (N,3D) with N a multiple of the context 4 and D of 2 heads, got (8,15)]`,
  );
});
