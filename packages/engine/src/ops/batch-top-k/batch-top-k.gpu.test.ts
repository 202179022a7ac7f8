import { describe, test } from 'vitest';
import { ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { checkBatchTopK, proofs } from './batch-top-k.proof.ts';

const devices = await openProofDevices();
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test('ties go to the lowest index across rows', async () => {
    const random = seededRandom(1);
    await checkBatchTopK(
      choose(devices.gpu),
      sample([9, 70], () => random.below(4) - 1),
      20,
    );
  });

  test.each([
    ['fewer positive entries than k a row', (i: number) => (i % 6 === 0 ? i * 1e-20 : -i)],
    ['no positive entry', () => 0],
  ])('of %s all are kept, and nothing else is', async (_, draw) => {
    await checkBatchTopK(choose(devices.gpu), sample([4, 5], draw), 2);
  });
});
