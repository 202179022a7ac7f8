import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor } from '../../tensor/tensor.ts';
import { checkOp, ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { crossEntropy } from './cross-entropy.ts';
import { proofs } from './cross-entropy.proof.ts';
import { crossEntropyReference } from './cross-entropy.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([500, -500])(
    'logits around %i, whose exponentials overflow or vanish in float32, do not',
    async (offset) => {
      const random = seededRandom(4);
      const targets = Uint32Array.from({ length: 4 }, () => random.below(9));
      await checkOp(choose(gpu), {
        op: crossEntropy,
        options: (p) => ({ targets: p.persistent(createTensor(gpu, 'targets', [4], targets)) }),
        inputs: { logits: sample([4, 9], () => offset + 60 * random.normal()) },
        reference: crossEntropyReference(targets, 9),
      });
    },
  );
});

test('crossEntropy refuses targets of another length, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = () =>
    p.apply(
      crossEntropy,
      { logits: p.temporary('logits', [6, 10]) },
      { targets: p.temporary('targets', [5], 'u32') },
    );
  expect(apply).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: crossEntropy: N differs, logits (6,10) says 6 and targets (N) (5) says 5]`,
  );
});
