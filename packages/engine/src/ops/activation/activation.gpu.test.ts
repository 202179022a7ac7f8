import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { readTensor } from '../../tensor/tensor.ts';
import { checkOp, sample, upload } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activation, ACTIVATIONS, reluBackward } from './activation.ts';
import { proofs } from './activation.proof.ts';
import { activationReference } from './activation.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test.each(ACTIVATIONS)('%s stays finite and right far out, and at zero', async (kind) => {
  const x = sample([8], (index) => [0, -0, 1e-30, -1e-30, 100, -100, 1e6, -1e6][index]!);
  await checkOp(gpu, {
    op: activation,
    options: () => ({ kind }),
    inputs: { x },
    reference: activationReference(kind, 8),
  });
});

test('the gradient before a ReLU passes where its output is positive, and is zero elsewhere', async () => {
  const p = new ProgramBuilder(gpu, 'relu backward');
  const gradient = p.persistent(
    upload(gpu, 'gradient', { shape: [5], values: Float64Array.of(1, 2, 3, 4, 5) }),
  );
  const output = p.persistent(
    upload(gpu, 'output', { shape: [5], values: Float64Array.of(0, 0.5, 0, 2, 0) }),
  );
  const before = p.output(reluBackward(p, gradient, output));
  await (await p.build()).run();
  expect([...(await readTensor(gpu, before))]).toEqual([0, 2, 0, 4, 0]);
});
