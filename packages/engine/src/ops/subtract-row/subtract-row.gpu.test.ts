import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkKernel, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { subtractRow } from './subtract-row.ts';
import { proofs } from './subtract-row.proof.ts';
import { subtractRowReference } from './subtract-row.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test.each([[[67]], [[2, 3, 5]]])('a vector can be taken from the last axis of %j', async (shape) => {
  const random = seededRandom(1);
  const x = sample(shape, random.normal);
  const v = sample([shape.at(-1)!], random.normal);
  const reference = subtractRowReference(x.values, v.values);
  await checkKernel(gpu, {
    inputs: { x, v },
    record: (p, values) => ({ y: subtractRow(p, values.x, values.v, 'y') }),
    want: { y: { reference, roundings: 1 } },
  });
});

test('subtractRow refuses a vector of another width, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    subtractRow(p, p.temporary('x', [4, 8]), p.temporary('v', [7]), 'y'),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: subtractRow: expected a vector as wide as x, got x (4,8) and v (7)]`,
  );
});
