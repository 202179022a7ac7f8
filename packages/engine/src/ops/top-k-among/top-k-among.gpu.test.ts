import { describe, test } from 'vitest';
import { ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { checkTopKAmong, idleCounts, proofs } from './top-k-among.proof.ts';

const devices = await openProofDevices();
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test('ties go to the lowest index', async () => {
    const random = seededRandom(1);
    const x = sample([5, 150], () => random.below(3) - 3);
    await checkTopKAmong(choose(devices.gpu), x, idleCounts(150), 20);
  });

  test('few of many are selected, and more than are idle', async () => {
    const x = sample([3, 1027], seededRandom(2).normal);
    for (const k of [1, 16, 800]) await checkTopKAmong(choose(devices.gpu), x, idleCounts(1027), k);
  });

  test('where no column is idle, nothing is kept', async () => {
    const x = sample([3, 70], seededRandom(1).normal);
    await checkTopKAmong(choose(devices.gpu), x, new Uint32Array(70), 4);
  });
});
