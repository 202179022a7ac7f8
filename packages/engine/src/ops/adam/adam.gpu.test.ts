import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { readTensor, type Tensor } from '../../tensor/tensor.ts';
import { assertWithinRoundings, type Sample, sample, seededRandom, upload } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { adam, adamScalars, createMoments, type AdamOptions } from './adam.ts';
import { proofs } from './adam.proof.ts';
import { ADAM_ROUNDINGS, adamReference, exactly } from './adam.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

const OPTIONS: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** Takes three steps with other gradients and rates, each checked against a step of the reference from the same state. */
async function checkThreeSteps(start: Sample, options: AdamOptions, roundings: number): Promise<void> {
  const random = seededRandom(2);
  const parameter = upload(gpu, 'parameter', start);
  const moments = createMoments(gpu, parameter);
  const gradient = upload(gpu, 'gradient', start);
  const p = new ProgramBuilder(gpu, 'adam');
  adam(p, p.persistent(parameter), p.persistent(gradient), moments, options);
  const program = await p.build();
  const read = async (tensor: Tensor) => Float64Array.from(await readTensor(gpu, tensor));
  for (const [step, learningRate] of [
    [1, 0.125],
    [2, 0.0625],
    [3, 0.25],
  ] as const) {
    const state = {
      parameter: await read(parameter),
      first: await read(moments.first),
      second: await read(moments.second),
    };
    const slope = sample(start.shape, () => random.normal() * 10 ** random.uniform(-3, 3));
    gpu.device.queue.writeBuffer(gradient.buffer, 0, Float32Array.from(slope.values));
    const want = adamReference(state, exactly(slope.values), step, learningRate, options);
    await program.run(adamScalars(options, step, learningRate));
    assertWithinRoundings(
      `first moment, step ${step}`,
      start.shape,
      await read(moments.first),
      want.first,
      roundings,
    );
    assertWithinRoundings(
      `second moment, step ${step}`,
      start.shape,
      await read(moments.second),
      want.second,
      roundings,
    );
    assertWithinRoundings(
      `parameter, step ${step}`,
      start.shape,
      await read(parameter),
      want.parameter,
      roundings,
    );
  }
}

test('three Adam steps agree with float64 with the usual betas, which float32 does not hold exactly', async () => {
  const random = seededRandom(3);
  await checkThreeSteps(sample([67], random.normal), OPTIONS, ADAM_ROUNDINGS);
});

test('a parameter may have a multiple of the learning rate', async () => {
  const start = { shape: [3], values: Float64Array.of(1, -2, 3) };
  const moved: number[][] = [];
  for (const [factor, rate] of [
    [1, 0.5],
    [4, 0.125],
  ] as const) {
    const parameter = upload(gpu, 'parameter', start);
    const gradient = upload(gpu, 'gradient', { shape: [3], values: Float64Array.of(0.5, -1, 2) });
    const p = new ProgramBuilder(gpu, 'faster');
    const moments = createMoments(gpu, parameter);
    adam(p, p.persistent(parameter), p.persistent(gradient), moments, OPTIONS, null, factor);
    await (await p.build()).run(adamScalars(OPTIONS, 1, rate));
    moved.push([...(await readTensor(gpu, parameter))]);
  }
  expect(moved[1]).toEqual(moved[0]);
  expect(moved[0]![0]).toBeCloseTo(0.5, 6);
});

test('an element without any gradient yet does not move', async () => {
  const start = { shape: [3], values: Float64Array.of(1, -2, 3) };
  const parameter = upload(gpu, 'parameter', start);
  const p = new ProgramBuilder(gpu, 'still');
  const gradient = p.persistent(upload(gpu, 'gradient', { shape: [3], values: new Float64Array(3) }));
  adam(p, p.persistent(parameter), gradient, createMoments(gpu, parameter), OPTIONS);
  await (await p.build()).run(adamScalars(OPTIONS, 1, 0.1));
  expect([...(await readTensor(gpu, parameter))]).toEqual([1, -2, 3]);
});

test('adam refuses a gradient of another shape, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const parameter = upload(
    gpu,
    'parameter',
    sample([2, 3], () => 0),
  );
  const record = () =>
    adam(p, p.persistent(parameter), p.temporary('gradient', [3, 2]), createMoments(gpu, parameter), OPTIONS);
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: adam: axis0 differs, parameter (2,3) says 2 and gradient (axis0,axis1) (3,2) says 3]`,
  );
});
