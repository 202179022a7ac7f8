import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { linear, unembed } from './linear.ts';
import { proofs } from './linear.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('linear and unembed refuse widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const x = p.temporary('x', [4, 8]);
  const w = p.temporary('w', [6, 3]);
  const b = p.temporary('b', [3]);
  expect(() => p.apply(linear, { x, w, b }, { relu: false, label: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: linear: D differs, x (4,8) says 8 and w (D,M) (6,3) says 6]`,
  );
  expect(() => p.apply(unembed, { x, w }, { label: 'y' })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: unembed: D differs, x (4,8) says 8 and w (V,D) (6,3) says 3]`,
  );
});
