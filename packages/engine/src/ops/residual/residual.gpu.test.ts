import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { residual } from './residual.ts';
import { proofs } from './residual.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('residual refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    residual(p, p.temporary('x̂', [4, 8]), p.temporary('x', [4, 7]), 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: residual: D differs, reconstruction (4,8) says 8 and x (B,D) (4,7) says 7]`,
  );
});
