import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { jumpRelu } from './jump-relu.ts';
import { proofs } from './jump-relu.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('jumpRelu refuses thresholds of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    jumpRelu(p, p.temporary('x', [4, 8]), p.temporary('threshold', [7])),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: jumpRelu: F differs, x (4,8) says 8 and threshold (F) (7) says 7]`,
  );
});
