import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor } from '../../tensor/tensor.ts';
import { ON_BOTH, withLargestBinding } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { causalAttention } from './causal-attention.ts';
import { checkAttention, proofs } from './causal-attention.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([
    ['sequences one at a time', [2, 3, 1, 2], 1],
    ['sequences in twos, the last alone', [5, 4, 2, 3], 64],
    ['queries in fours, of which the last is alone', [2, 9, 2, 4], 80],
    ['queries in 64s, the last block the shorter', [1, 130, 2, 3], 64 * 260],
  ] as const)('%s have the attention of all at once', async (_, size, atOnce) => {
    const [sequences, context, heads, headWidth] = size;
    await checkAttention(choose(gpu), { sequences, context, heads, headWidth }, atOnce);
  });
});

test('queries, keys and values beyond a binding are bound some sequences at a time', async () => {
  // A sequence takes 16 · 3 · 8 · 4 bytes, and so many are bound.
  const bound = withLargestBinding(gpu, 3 * 1536);
  await checkAttention(bound, { sequences: 7, context: 16, heads: 2, headWidth: 4 });
  await checkAttention(bound, { sequences: 7, context: 16, heads: 2, headWidth: 4 }, 2 * 8 * 16);
});

test('memory does not grow with the square of the context', async () => {
  const bytes = async (context: number): Promise<number> => {
    const p = new ProgramBuilder(gpu, 'attention');
    const [N, D] = [512, 4];
    const qkv = p.persistent(createTensor(gpu, 'qkv', [N, 3 * D]));
    const seed = p.persistent(createTensor(gpu, 'seed', [N, D]));
    const options = { heads: 1, context, probabilitiesAtOnce: 2 ** 15 };
    p.output(p.gradients(p.apply(causalAttention, { qkv }, options), seed, [qkv]).get(qkv)!);
    const program = await p.build();
    const { slotBytes } = program.plan;
    program.destroy();
    return slotBytes.reduce((sum, slot) => sum + slot, 0);
  };
  // The probabilities of all would be eight times as many.
  expect((await bytes(512)) / (await bytes(64))).toBeLessThan(1.5);
});

test('blocks of queries, which see more and more keys, share the pipelines of their softmax', async () => {
  const { device } = gpu;
  const make = device.createComputePipelineAsync.bind(device);
  const made: string[] = [];
  device.createComputePipelineAsync = (descriptor) => {
    made.push(descriptor.label!);
    return make(descriptor);
  };
  try {
    const p = new ProgramBuilder(gpu, 'long');
    const qkv = p.persistent(createTensor(gpu, 'qkv', [64, 3 * 4]));
    const seed = p.persistent(createTensor(gpu, 'seed', [64, 4]));
    // Eight queries at a time.
    const y = p.apply(causalAttention, { qkv }, { heads: 1, context: 64, probabilitiesAtOnce: 512 });
    p.output(p.gradients(y, seed, [qkv]).get(qkv)!);
    const program = await p.build();
    program.destroy();
  } finally {
    device.createComputePipelineAsync = make;
  }
  expect(made.filter((label) => label.startsWith('softmax/')).length).toBeLessThanOrEqual(2);
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
