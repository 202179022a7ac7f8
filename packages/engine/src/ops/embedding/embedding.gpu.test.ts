import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor } from '../../tensor/tensor.ts';
import { checkOp, FOLDED_ROWS, openUnchecked, sample, seededRandom } from '../../testing/index.ts';
import { embedding, groupTokens } from './embedding.ts';
import { embeddingReference } from './embedding.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(
  sequences: number,
  context: number,
  width: number,
  vocabulary: number,
  positions = context,
): Promise<void> {
  const random = seededRandom(1);
  const tokens = Uint32Array.from({ length: sequences * context }, () => random.below(vocabulary));
  const { order, starts } = groupTokens(tokens, vocabulary);
  await checkOp(gpu, {
    op: embedding,
    options: (p) => ({
      tokens: p.persistent(createTensor(gpu, 'tokens', [tokens.length], tokens)),
      order: p.persistent(createTensor(gpu, 'order', [tokens.length], order)),
      starts: p.persistent(createTensor(gpu, 'starts', [vocabulary + 1], starts)),
      context,
    }),
    inputs: {
      tokenTable: sample([vocabulary, width], random.normal),
      positionTable: sample([positions, width], random.normal),
    },
    reference: embeddingReference({ tokens, vocabulary, positions, context, width }),
  });
}

test.each([
  { what: 'one token', sizes: [1, 1, 1, 1] },
  { what: 'prime sizes', sizes: [3, 7, 5, 11] },
  { what: 'one element below a workgroup', sizes: [1, 9, 7, 9] },
  { what: 'exactly a workgroup', sizes: [2, 4, 8, 8] },
  { what: 'one element above a workgroup', sizes: [1, 5, 13, 5] },
  { what: 'a vocabulary much larger than the batch', sizes: [2, 3, 6, 300] },
  { what: 'one token many times', sizes: [40, 5, 3, 2] },
  { what: 'a position table longer than the context', sizes: [2, 3, 5, 7, 9] },
] as const)(
  'embedding agrees with float64: $what',
  async ({ sizes: [sequences, context, width, vocabulary, positions] }) => {
    await check(sequences, context, width, vocabulary, positions);
  },
);

test('embedding reaches every element when its grid folds past 65,535 workgroups', async () => {
  await check(FOLDED_ROWS, 1, 64, 5);
});

test('embedding refuses a context longer than the position table, and a sequence cut short', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = (tokens: number, context: number) => () =>
    p.apply(
      embedding,
      { tokenTable: p.temporary('tokenTable', [10, 4]), positionTable: p.temporary('positionTable', [8, 4]) },
      { tokens: p.temporary('tokens', [tokens], 'u32'), order: null, starts: null, context },
    );
  expect(apply(9, 9)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: embedding: expected whole sequences of at most 8 positions, got 9 tokens in sequences of 9]`,
  );
  expect(apply(7, 4)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: embedding: expected whole sequences of at most 8 positions, got 7 tokens in sequences of 4]`,
  );
});

test('the gradient of the token table asks for grouped tokens', () => {
  const p = new ProgramBuilder(gpu, 'ungrouped');
  const tokenTable = p.temporary('tokenTable', [10, 4]);
  const positionTable = p.temporary('positionTable', [8, 4]);
  const tokens = p.temporary('tokens', [8], 'u32');
  const x = p.apply(
    embedding,
    { tokenTable, positionTable },
    { tokens, order: null, starts: null, context: 8 },
  );
  expect(() => p.gradients(x, p.temporary('dx', [8, 4]), [tokenTable])).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: embedding: expected tokens grouped for the gradient of tokenTable (10,4), got none]`,
  );
});
