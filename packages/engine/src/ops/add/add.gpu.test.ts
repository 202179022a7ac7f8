import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { add } from './add.ts';
import { proofs } from './add.proof.ts';

const devices = await openProofDevices();
prove(proofs, devices);

test('add refuses two shapes, showing both', () => {
  const p = new ProgramBuilder(devices.gpu, 'refused');
  const apply = () => p.apply(add, { a: p.temporary('left', [2, 3]), b: p.temporary('right', [3, 2]) }, {});
  expect(apply).toThrowErrorMatchingInlineSnapshot(`[ShapeError: add: shapes differ, a (2,3) and b (3,2)]`);
});
