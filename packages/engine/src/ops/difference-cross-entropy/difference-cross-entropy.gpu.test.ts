import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor, type TensorData } from '../../tensor/tensor.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { differenceCrossEntropy } from './difference-cross-entropy.ts';
import { proofs } from './difference-cross-entropy.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

/** One row of two logits, 500 and -500, whose target is the other; nothing is taken from it. */
function extremes(p: ProgramBuilder, heads: number) {
  const value = (label: string, shape: number[], data: TensorData) =>
    p.persistent(createTensor(gpu, label, shape, data));
  const item = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  return {
    rows: value('r', [1, 2], Float32Array.of(1, -1)),
    directions: value('u', [1, 2], Float32Array.of(0, 0)),
    rowLogits: value('s', [1, 2], Float32Array.of(500, -500)),
    directionLogits: value('w', [1, 2], Float32Array.of(0, 0)),
    bias: value('b', [2], Float32Array.of(0, 0)),
    items: value('items', [5 * heads, 2], Uint32Array.from(Array.from({ length: heads }, () => item).flat())),
    count: p.scalar('count'),
  };
}

test('a loss far beyond the range of exp is still finite', async () => {
  const p = new ProgramBuilder(gpu, 'extremes');
  const loss = p.output(differenceCrossEntropy(p, extremes(p, 1), 0));
  await (await p.build()).run({ count: 1 });
  expect((await readTensor(gpu, loss))[0]).toBeCloseTo(1000, 3);
});

test('heads beyond those that count are left as they were', async () => {
  const p = new ProgramBuilder(gpu, 'counted');
  const loss = p.output(differenceCrossEntropy(p, extremes(p, 2), 0));
  const program = await p.build();
  await program.run({ count: 1 });
  const [first, second] = [(await readTensor(gpu, loss))[0], (await readTensor(gpu, loss))[4]];
  expect(first).toBeCloseTo(1000, 3);
  expect(second).toBe(0);
});
