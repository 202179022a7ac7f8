import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor, writeTensor } from '../../tensor/tensor.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { batchTopK } from '../batch-top-k/batch-top-k.ts';
import { runningThreshold } from './running-threshold.ts';
import { proofs } from './running-threshold.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('a running threshold starts at the smallest kept entry of its first batch and moves by its rate', async () => {
  const x = createTensor(gpu, 'x', [2, 3]);
  const threshold = createTensor(gpu, 'threshold', [1], Float32Array.of(77));
  const p = new ProgramBuilder(gpu, 'running threshold');
  const { threshold: bits } = batchTopK(p, p.persistent(x), 1);
  runningThreshold(p, bits, p.persistent(threshold), p.scalar('rate'));
  const program = await p.build();
  const after = async (batch: readonly number[], rate: number): Promise<number> => {
    writeTensor(gpu, x, Float32Array.from(batch));
    await program.run({ rate });
    return (await readTensor(gpu, threshold))[0]!;
  };
  // Two of six are kept.
  expect(await after([3, -1, 2, 5, 1, 0], 1)).toBe(3);
  expect(await after([1, 7, 0.5, 1, 0, -3], 0.5)).toBe(2);
  // Fewer than two are above 0, and all that are would pass.
  expect(await after([-1, 7, 0, -1, 0, -3], 0.25)).toBe(1.5);
});
