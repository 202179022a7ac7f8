import {
  adam,
  adamScalars,
  clipGradients,
  createMoments,
  createTensor,
  openDevice,
  ProgramBuilder,
  readTensor,
  squaredGradientNorm,
  type Gpu,
} from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filled, golden } from './testing/saelens-golden.ts';
import { trainingCase } from './testing/saelens-training.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const CASES = Object.keys(golden.cases).filter(
  (name) => name.startsWith('train/') && trainingCase(name)['after_clip1_adam_lr1e-2'] !== undefined,
);

test('every architecture that SAELens 6.18 trained has a step here', () => {
  expect(new Set(CASES.map((name) => name.split('/')[1]))).toEqual(
    new Set(['standard', 'topk', 'jumprelu', 'gated']),
  );
});

// PyTorch's defaults.
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** SAELens trains the logarithms of the thresholds that the file states. */
function startOf(parameter: string, size: number): Float64Array {
  return parameter === 'log_threshold' ? filled('threshold', size).map(Math.log) : filled(parameter, size);
}

test.each(CASES)('%s: from its gradients the clipped step of Adam is ours', async (name) => {
  const { grads, grad_norm: norm, 'after_clip1_adam_lr1e-2': after } = trainingCase(name);
  const p = new ProgramBuilder(gpu, 'clipped');
  const parameters = Object.entries(grads).map(([parameter, values]) => {
    const shape = [values.length];
    const tensor = createTensor(gpu, parameter, shape, Float32Array.from(startOf(parameter, values.length)));
    const gradient = createTensor(gpu, `d${parameter}`, shape, Float32Array.from(values));
    return { parameter, tensor, gradient: p.persistent(gradient) };
  });
  const clip = p.scalar('clip');
  const squared = squaredGradientNorm(
    p,
    parameters.map(({ gradient }) => ({ value: gradient, squared: false })),
  );
  clipGradients(p, squared, 1, clip);
  for (const { tensor, gradient } of parameters)
    adam(p, p.persistent(tensor), gradient, createMoments(gpu, tensor), ADAM, clip);
  const squaredNorm = p.output(squared);
  const program = await p.build();
  await program.run({ ...adamScalars(ADAM, 1, 1e-2), clip: 1 });
  // Both are float32 arithmetic, of numbers written with six places.
  expect(Math.sqrt((await readTensor(gpu, squaredNorm))[0]!)).toBeCloseTo(norm!, 4);
  for (const { parameter, tensor } of parameters) {
    const got = await readTensor(gpu, tensor);
    got.forEach((value, i) => expect(value, `${parameter} ${i}`).toBeCloseTo(after![parameter]![i]!, 5));
  }
  program.destroy();
});
