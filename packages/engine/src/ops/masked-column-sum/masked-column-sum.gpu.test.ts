import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { maskedColumnSum } from './masked-column-sum.ts';
import { proofs } from './masked-column-sum.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('maskedColumnSum refuses matrices that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  expect(() =>
    maskedColumnSum(p, f, p.temporary('h', [4, 7]), activeMask(p, f)),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: maskedColumnSum: F differs, f (4,8) says 8 and h (B,F) (4,7) says 7]`,
  );
});
