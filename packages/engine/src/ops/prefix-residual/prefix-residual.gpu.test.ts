import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { prefixResidual } from './prefix-residual.ts';
import { proofs } from './prefix-residual.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('prefixResidual refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const parts = { first: 4, groups: [8] };
  expect(() =>
    prefixResidual(p, p.temporary('reconstructions', [4, 3]), p.temporary('x', [4, 2]), parts, 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: prefixResidual: D differs, reconstructions (4,3) says 3 and x (B,D) (4,2) says 2]`,
  );
});
