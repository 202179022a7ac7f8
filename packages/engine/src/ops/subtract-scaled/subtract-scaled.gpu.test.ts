import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { subtractScaled } from './subtract-scaled.ts';
import { proofs } from './subtract-scaled.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('subtractScaled refuses shapes that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    subtractScaled(p, p.temporary('a', [4]), p.temporary('b', [5]), { scalar: p.scalar('s'), scale: 1 });
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: subtractScaled: shapes differ, a (4) and b (5)]`,
  );
});
