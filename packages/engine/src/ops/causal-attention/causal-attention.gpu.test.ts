import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { causalAttention } from './causal-attention.ts';
import { proofs } from './causal-attention.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

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
