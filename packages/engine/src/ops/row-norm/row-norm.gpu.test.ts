import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { rowNorm } from './row-norm.ts';
import { proofs } from './row-norm.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('rowNorm refuses what is no matrix, showing it', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() => rowNorm(p, p.temporary('w', [4]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: rowNorm: expected w (F,D), got (4)]`,
  );
});
