import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { gate } from './gate.ts';
import { proofs } from './gate.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('gate refuses biases of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const of = (features: number) => p.temporary('bias', [features]);
  const parameters = { gateBias: of(8), magnitudeBias: of(7), magnitudeLogScale: of(8) };
  expect(() => gate(p, p.temporary('u', [4, 8]), parameters)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: gate: F differs, u (4,8) says 8 and magnitudeBias (F) (7) says 7]`,
  );
});
