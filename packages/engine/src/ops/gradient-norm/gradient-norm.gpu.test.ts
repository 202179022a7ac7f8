import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { adam, adamScalars, createMoments } from '../adam/adam.ts';
import { clipGradients, squaredGradientNorm } from './gradient-norm.ts';
import { proofs } from './gradient-norm.proof.ts';
import { clipReference } from './gradient-norm.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test.each([0.5, 4, 0])('gradients of norm %d clipped to 1 reach Adam scaled', async (norm) => {
  const factor = clipReference(norm ** 2, 1);
  const OPTIONS = { beta1: 0, beta2: 0, epsilon: 1 };
  const w = createTensor(gpu, 'w', [2], Float32Array.of(0, 0));
  const gradient = createTensor(gpu, 'gradient', [2], Float32Array.of(0.6 * norm, 0.8 * norm));
  const moments = createMoments(gpu, w);
  const p = new ProgramBuilder(gpu, 'clip');
  const g = p.persistent(gradient);
  const clip = p.scalar('clip');
  clipGradients(p, squaredGradientNorm(p, [{ value: g, squared: false }]), 1, clip);
  adam(p, p.persistent(w), g, moments, OPTIONS, clip);
  const program = await p.build();
  await program.run({ ...adamScalars(OPTIONS, 1, 1), clip: 1 });
  // Without momentum the first moment is the gradient itself.
  const [first, second] = await readTensor(gpu, moments.first);
  expect(first).toBeCloseTo(0.6 * norm * factor, 5);
  expect(second).toBeCloseTo(0.8 * norm * factor, 5);
});
