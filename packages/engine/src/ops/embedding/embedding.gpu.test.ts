import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { embedding } from './embedding.ts';
import { proofs } from './embedding.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

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
    `[ShapeError: embedding: expected tokens grouped for the gradient of tokenTable (10,4), got none; give the order and starts of groupTokens]`,
  );
});
