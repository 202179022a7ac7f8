import { describe, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { checkKernel, equalTo, ON_BOTH, type Sample, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { topK } from './top-k.ts';
import { proofs } from './top-k.proof.ts';
import { topKReference } from './top-k.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  const check = (on: Gpu, x: Sample, k: number) =>
    checkKernel(on, {
      inputs: { x },
      record: (p, v) => ({ y: topK(p, v.x, k) }),
      want: { y: equalTo(topKReference(x.values, x.shape[1]!, k)) },
    });

  test('few are selected, and all', async () => {
    const x = sample([5, 63], seededRandom(2).normal);
    for (const k of [1, 63]) await check(choose(gpu), x, k);
  });

  test('ties go to the lowest index, within a workgroup and across its turns', async () => {
    const random = seededRandom(1);
    const x = sample([9, 150], () => random.below(4) - 1);
    for (const k of [1, 20, 60, 149]) await check(choose(gpu), x, k);
  });

  test('few of many are selected, whether they lie apart, side by side, or are all equal', async () => {
    const [width, random] = [2051, seededRandom(3)];
    const rows: ((column: number) => number)[] = [
      random.normal,
      (column) => column / width,
      () => 0.5,
      (column) => (column < 1000 ? 1 : random.uniform(0, 2)),
      (column) => (column === 77 ? 1 : -1),
    ];
    const x = sample([rows.length, width], (i) => rows[Math.floor(i / width)]!(i % width));
    for (const k of [1, 32, 300]) await check(choose(gpu), x, k);
  });

  test('rows with fewer positive entries than k, tiny ones and an infinite one', async () => {
    const rows = [
      [0, -1, 0, -2, 0],
      [0, 5, 0, -3, 0],
      [1e-30, 2e-30, 0, 1e-30, 3],
      [Infinity, 1, Infinity, 2, -Infinity],
    ];
    const x = sample([4, 5], (i) => rows.flat()[i]!);
    for (const k of [1, 2, 3]) await check(choose(gpu), x, k);
  });
});
