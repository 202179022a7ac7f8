import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { whereActiveSums } from './where-active-sums.ts';
import { proofs } from './where-active-sums.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('whereActiveSums refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    whereActiveSums(p, p.temporary('x', [4, 8]), p.temporary('f', [4, 7]), {
      scalar: p.scalar('s'),
      scale: 1,
    });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: whereActiveSums: F differs, x (4,8) says 8 and f (B,F) (4,7) says 7]`,
  );
});
