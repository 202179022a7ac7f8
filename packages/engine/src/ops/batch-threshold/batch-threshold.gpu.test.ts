import { describe, test } from 'vitest';
import { ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { checkBatchThreshold, proofs } from './batch-threshold.proof.ts';

const devices = await openProofDevices();
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test('ties go to the lowest index across blocks', async () => {
    const random = seededRandom(1);
    await checkBatchThreshold(
      choose(devices.gpu),
      sample([9, 70], () => random.below(4) - 1),
      20,
    );
  });

  test.each([
    ['fewer positive entries than k a row', (i: number) => (i % 6 === 0 ? i * 1e-20 : -i)],
    ['no positive entry', () => 0],
    ['ever larger entries, so that each block replaces what was held', (i: number) => i + 1],
    ['ever smaller entries, so that the first block stays', (i: number) => 1 / (i + 1)],
  ])('of %s those are kept that the whole keeps', async (_, draw) => {
    await checkBatchThreshold(choose(devices.gpu), sample([10, 5], draw), 2);
  });
});
