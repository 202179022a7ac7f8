import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkOp, ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { layernorm } from './layernorm.ts';
import { proofs } from './layernorm.proof.ts';
import { layernormReference } from './layernorm.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([
    ['a large epsilon counts', 70, 6, 0.25, 0],
    ['rows far from zero keep their variance', 3, 33, 1e-5, 1000],
  ])('%s', async (_, rows, width, epsilon, centre) => {
    const random = seededRandom(rows);
    await checkOp(choose(gpu), {
      op: layernorm,
      options: () => ({ epsilon }),
      inputs: {
        x: sample([rows, width], () => centre + random.normal()),
        gain: sample([width], random.normal),
        bias: sample([width], random.normal),
      },
      reference: layernormReference(rows, width, epsilon),
    });
  });
});

test('layernorm refuses a gain of another width, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const inputs = {
    x: p.temporary('x', [4, 8]),
    gain: p.temporary('gain', [6]),
    bias: p.temporary('bias', [8]),
  };
  expect(() => p.apply(layernorm, inputs, { epsilon: 1e-5 })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: layernorm: D differs, x (4,8) says 8 and gain (D) (6) says 6]`,
  );
});
