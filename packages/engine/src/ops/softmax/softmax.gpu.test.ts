import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkOp, ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { softmax } from './softmax.ts';
import { proofs } from './softmax.proof.ts';
import { softmaxReference } from './softmax.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  const check = (rows: number, width: number, draw: (index: number) => number) =>
    checkOp(choose(gpu), {
      op: softmax,
      options: () => ({ causal: false }),
      inputs: { x: sample([rows, width], draw) },
      reference: softmaxReference(rows, width, 1),
    });

  test('rows whose exponentials overflow or vanish in float32 do not', async () => {
    const { normal } = seededRandom(1);
    for (const centre of [500, -500]) await check(4, 12, () => centre + 60 * normal());
  });

  test('a row that rises all along, so that every element is the highest so far, keeps its bound', async () => {
    for (const rise of [1e-3, 1, 40]) await check(1, 1028, (index) => rise * index);
  });
});

test('a causal softmax refuses more rows than elements, showing them', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = () => p.apply(softmax, { x: p.temporary('scores', [2, 5, 4]) }, { causal: true });
  expect(apply).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: softmax: expected x (...,Q,D) with Q at most D for a causal softmax, got scores (2,5,4)]`,
  );
});
