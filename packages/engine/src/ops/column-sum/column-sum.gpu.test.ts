import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { columnSum } from './column-sum.ts';
import { proofs } from './column-sum.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('columnSum refuses scales of another length, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () => columnSum(p, p.temporary('x', [5, 3]), p.temporary('scale', [4]));
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: columnSum: N differs, x (5,3) says 5 and scale (N) (4) says 4]`,
  );
});
