import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { whereActive } from './where-active.ts';
import { proofs } from './where-active.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('whereActive refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    whereActive(p, p.temporary('x', [4, 8]), p.temporary('f', [4, 7]), { scalar: p.scalar('s'), scale: 1 });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: whereActive: F differs, x (4,8) says 8 and f (B,F) (4,7) says 7]`,
  );
});
