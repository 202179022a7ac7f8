import {
  adam,
  adamScalars,
  createMoments,
  createTensor,
  linear,
  mean,
  ProgramBuilder,
  readTensor,
  residual,
  type Gpu,
  type Tensor,
} from '@monosema/engine/browser';

const [VECTORS, WIDTH, FEATURES] = [16, 16, 32];
const STEPS = 3;
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * Trains a dictionary for a few steps, from numbers that are the same everywhere.
 *
 * @returns the bits of every parameter, and the loss after each step
 */
export async function trainDictionary(gpu: Gpu): Promise<{ bits: number[]; losses: number[] }> {
  const x = createTensor(gpu, 'x', [VECTORS, WIDTH], wave(VECTORS * WIDTH, 1));
  const parameters = {
    encoder: createTensor(gpu, 'encoder', [WIDTH, FEATURES], wave(WIDTH * FEATURES, 0.3)),
    encoderBias: createTensor(gpu, 'encoder bias', [FEATURES]),
    decoder: createTensor(gpu, 'decoder', [FEATURES, WIDTH], wave(FEATURES * WIDTH, 0.2)),
    decoderBias: createTensor(gpu, 'decoder bias', [WIDTH]),
  };
  const p = new ProgramBuilder(gpu, 'dictionary');
  const target = p.persistent(x);
  const encoder = { w: p.persistent(parameters.encoder), b: p.persistent(parameters.encoderBias) };
  const decoder = { w: p.persistent(parameters.decoder), b: p.persistent(parameters.decoderBias) };
  const f = p.apply(linear, { x: target, ...encoder }, { relu: true, label: 'f' });
  const y = p.apply(linear, { x: f, ...decoder }, { relu: false, label: 'y' });
  const { d, rowLoss } = residual(p, y, target, 2 / VECTORS);
  const wanted = [encoder.w, encoder.b, decoder.w, decoder.b];
  const gradients = p.gradients(y, d, wanted);
  for (const value of wanted) adam(p, value, gradients.get(value)!, createMoments(gpu, value.tensor!), ADAM);
  const loss = p.output(p.apply(mean, { x: rowLoss }, {}));
  const step = await p.build();
  const losses: number[] = [];
  for (let i = 1; i <= STEPS; i++) {
    await step.run(adamScalars(ADAM, i, 0.01));
    losses.push((await readTensor(gpu, loss))[0]!);
  }
  const bits: number[] = [];
  for (const tensor of Object.values<Tensor>(parameters))
    bits.push(...new Uint32Array((await readTensor(gpu, tensor)).buffer));
  return { bits, losses };
}

/** Numbers without a pattern that rounding alone decides: products and sums of whole numbers, scaled. */
function wave(count: number, scale: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => scale * ((((i * 7919) % 1009) / 1009) * 2 - 1));
}
