import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { countIdle } from './idle-rows.ts';
import { proofs } from './idle-rows.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('countIdle refuses columns of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    countIdle(p, p.temporary('count', [4]), p.temporary('idle', [5], 'u32'), 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: countIdle: F differs, count (4) says 4 and idle (F) (5) says 5]`,
  );
});
