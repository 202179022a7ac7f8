import {
  adamScalars,
  createTensor,
  openDevice,
  readTensor,
  type Gpu,
  type Tensor,
  type TensorData,
} from '@monosema/engine';
import { assertWithinRoundings, Sums, type Reference } from '@monosema/engine/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { normals } from '../../random/seeded.ts';
import { uploadDictionary, type ParameterName, type VectorName } from '../dictionary.ts';
import { buildStepProgram, createDictionaryMoments, stepScalars } from '../step-program.ts';
import { evaluateLoss, type LossPoint } from '../testing/loss-case.ts';
import { april2024Loss } from './april-2024.reference.ts';
import { april2024 } from './april-2024.ts';
import type { Architecture } from './architecture.ts';
import { batchtopkLoss } from './batchtopk.reference.ts';
import { batchtopk } from './batchtopk.ts';
import { gatedLoss } from './gated.reference.ts';
import { gated } from './gated.ts';
import { jumpreluLoss } from './jumprelu.reference.ts';
import { jumprelu } from './jumprelu.ts';
import { matryoshkaLoss } from './matryoshka.reference.ts';
import { matryoshka } from './matryoshka.ts';
import { paperLoss } from './paper.reference.ts';
import { paper } from './paper.ts';
import type { Loss } from './reference.ts';
import { topkLoss } from './topk.reference.ts';
import { topk } from './topk.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const LAMBDA = 0.3125;
const DEAD_AFTER = 1000;
const AUXILIARY = { coefficient: 0.5, deadAfter: DEAD_AFTER };

/** Without momentum the first moment after a step is the gradient that Adam was given. */
const ADAM = { beta1: 0, beta2: 0, epsilon: 1 };

interface Compared {
  readonly name: string;
  readonly architecture: (features: number) => Architecture;
  readonly loss: (features: number, dead: readonly boolean[]) => Loss;
}

const topkCase = (dead: readonly boolean[]) => ({ k: 3, dead, auxiliaryK: 4 });
const topkOptions = { k: 3, auxiliary: { ...AUXILIARY, k: 4 } };
const prefixesOf = (features: number): number[] => [2, Math.ceil(features / 3), features];

const ALL: readonly Compared[] = [
  { name: 'paper', architecture: paper, loss: () => paperLoss },
  { name: 'april-2024', architecture: () => april2024(), loss: () => april2024Loss() },
  {
    name: 'april-2024 with a pre-encoder bias',
    architecture: () => april2024(true),
    loss: () => april2024Loss(true),
  },
  { name: 'topk', architecture: () => topk(topkOptions), loss: (_, dead) => topkLoss(topkCase(dead)) },
  {
    name: 'topk without AuxK',
    architecture: () => topk({ k: 3, auxiliary: null }),
    loss: (_, dead) => topkLoss({ ...topkCase(dead), dead: dead.map(() => false) }),
  },
  {
    name: 'batchtopk',
    architecture: () => batchtopk(topkOptions),
    loss: (_, dead) => batchtopkLoss(topkCase(dead)),
  },
  {
    name: 'matryoshka',
    architecture: (features) => matryoshka(topkOptions, prefixesOf(features)),
    loss: (features, dead) => matryoshkaLoss({ ...topkCase(dead), prefixes: prefixesOf(features) }),
  },
  {
    name: 'matryoshka without AuxK',
    architecture: (features) => matryoshka({ k: 3, auxiliary: null }, prefixesOf(features)),
    loss: (features, dead) =>
      matryoshkaLoss({
        ...topkCase(dead),
        dead: dead.map(() => false),
        prefixes: prefixesOf(features),
      }),
  },
  { name: 'gated', architecture: gated, loss: () => gatedLoss() },
  ...(['step', 'tanh'] as const).map((penalty) => ({
    name: `jumprelu, ${penalty}`,
    architecture: () => jumprelu({ penalty, bandwidth: 0.25 }),
    loss: () => jumpreluLoss({ penalty, bandwidth: 0.25 }),
  })),
];

/** Parameters and inputs that float32 holds, about half of the features active. */
function pointFor(
  { vectors, rows }: Architecture,
  [batch, features, width]: readonly [number, number, number],
): LossPoint {
  const normal = normals(batch, features, width);
  const draw = (length: number, scale = 1): Float64Array =>
    Float64Array.from({ length }, () => Math.fround(scale * normal()));
  const decoder = draw(features * width);
  for (let start = 0; start < decoder.length; start += width) {
    const row = decoder.subarray(start, start + width);
    const norm = rows === 'unit' ? Math.hypot(...row) : 1;
    row.forEach((value, k) => (row[k] = Math.fround(value / norm)));
  }
  const own = vectors.map((name) => {
    const values = draw(features, 0.5);
    return [name, name === 'threshold' ? values.map(Math.abs) : values] as const;
  });
  return {
    parameters: {
      encoder: draw(features * width, 1 / Math.sqrt(width)),
      decoder,
      decoderBias: draw(width),
      ...(Object.fromEntries(own) as Record<VectorName, Float64Array>),
    },
    x: draw(batch * width, 2),
  };
}

/** A gradient without its component along each row, as Adam is given it where rows keep norm 1. */
function across(gradient: Reference, decoder: Float64Array, width: number): Reference {
  const result = new Sums(decoder.length);
  for (let start = 0; start < decoder.length; start += width) {
    let product = 0;
    let terms = 0;
    let squares = 0;
    for (let i = start; i < start + width; i++) {
      product += gradient.values[i]! * decoder[i]!;
      terms += gradient.terms[i]! * Math.abs(decoder[i]!);
      squares += decoder[i]! ** 2;
    }
    for (let i = start; i < start + width; i++) {
      result.add(i, gradient.values[i]!, gradient.terms[i]!);
      result.add(i, (-product / squares) * decoder[i]!, (terms / squares) * Math.abs(decoder[i]!));
    }
  }
  return result;
}

interface Sizes {
  readonly batch: number;
  readonly features: number;
  readonly width: number;
}

/** What a step leaves at a point: the terms of its loss, and the gradients that Adam was given. */
interface Left {
  readonly terms: Readonly<Record<string, number>>;
  readonly gradients: ReadonlyMap<ParameterName, TensorData>;
  readonly squaredNorm: number;
  readonly threshold: number;
}

const deadOf = (features: number): boolean[] => Array.from({ length: features }, (_, j) => j % 5 === 1);

/** Runs one step. @param entriesAtOnce how much of the batch is taken at once */
async function runStep(
  architecture: Architecture,
  point: LossPoint,
  { batch, features, width }: Sizes,
  path: 'sparse' | 'dense',
  entriesAtOnce?: number,
): Promise<Left> {
  const { encoder, decoder, decoderBias, ...vectors } = point.parameters;
  const single = (values: Float64Array): Float32Array => Float32Array.from(values);
  const parameters = uploadDictionary(
    gpu,
    'compared',
    { width, features, preEncoderBias: architecture.preEncoderBias },
    {
      encoder: single(encoder!),
      decoder: single(decoder!),
      decoderBias: single(decoderBias!),
      vectors: Object.fromEntries(Object.entries(vectors).map(([name, values]) => [name, single(values)])),
    },
  );
  const moments = createDictionaryMoments(gpu, parameters);
  const x = createTensor(gpu, 'x', [batch, width], single(point.x));
  const idle = createTensor(gpu, 'idle', [features], null, 'u32');
  const idleRows = Uint32Array.from(deadOf(features), (is) => (is ? DEAD_AFTER : DEAD_AFTER - 1));
  gpu.device.queue.writeBuffer(idle.buffer, 0, idleRows);
  const state = { idle, threshold: createTensor(gpu, 'threshold', [1]) };
  const kept = Object.fromEntries(architecture.keeps.map((name) => [name, state[name]]));
  const step = await buildStepProgram(gpu, parameters, moments, x, {
    // A limit that no gradient here reaches: what Adam is given is then the gradient itself.
    architecture: { ...architecture, clip: architecture.clip === null ? null : 1e6 },
    adam: ADAM,
    path,
    state: kept,
    ...(entriesAtOnce === undefined ? {} : { entriesAtOnce }),
  });
  await step.program.run({
    ...adamScalars(ADAM, 1, 0),
    ...stepScalars(architecture, { penalty: LAMBDA, step: 1 }),
  });

  const read = async (tensor: Tensor): Promise<TensorData> => readTensor(gpu, tensor);
  const terms: Record<string, number> = {};
  for (const [name, { tensor, scale }] of Object.entries(step.terms))
    terms[name] = (await read(tensor))[0]! * scale;
  const gradients = new Map<ParameterName, TensorData>();
  for (const [name, { first }] of moments) gradients.set(name, await read(first));
  const squaredNorm = (await read(step.squaredGradientNorm.tensor))[0]!;
  const threshold = (await read(state.threshold))[0]!;
  step.program.destroy();
  return { terms, gradients, squaredNorm, threshold };
}

/** Fails unless what a step left is what the loss in float64 says. */
function assertOfLoss(
  left: Left,
  { architecture: make, loss }: Compared,
  point: LossPoint,
  sizes: Sizes,
): void {
  const { batch, features, width } = sizes;
  const architecture = make(features);
  const coefficients = architecture.coefficients(LAMBDA);
  const want = evaluateLoss(loss(features, deadOf(features)), point, coefficients);
  for (const [name, value] of Object.entries(want.terms)) {
    const got = left.terms[name];
    if (got !== undefined) expect(Math.abs(got / value - 1), name).toBeLessThan(1e-5);
  }
  // The longest sums are over A, the active features, the batch and again A.
  const roundings = 2 * width + features + batch + 32;
  let squared = 0;
  for (const [name, gradient] of Object.entries(want.gradients) as [ParameterName, Reference][]) {
    const wanted =
      name === 'decoder' && architecture.rows === 'unit'
        ? across(gradient, point.parameters.decoder!, width)
        : gradient;
    const shape = name === 'encoder' || name === 'decoder' ? [features, width] : [wanted.values.length];
    assertWithinRoundings(`d${name}`, shape, left.gradients.get(name)!, wanted, roundings);
    squared += wanted.values.reduce((sum, value) => sum + value * value, 0);
  }
  expect(Math.abs(left.squaredNorm / squared - 1)).toBeLessThan(1e-5);
}

// A batch that is no multiple of 64, nor the width of 4; and one that is, with a second mask word.
const SIZES = [
  [7, 13, 5],
  [64, 40, 8],
] as const;

const pathsOf = ({ dense }: Architecture) => (dense ? (['sparse', 'dense'] as const) : (['sparse'] as const));

describe.each(ALL)('the step of $name has the gradients of its loss in float64', (compared) => {
  test.each(SIZES)('for %i vectors, %i features, width %i', async (batch, features, width) => {
    const architecture = compared.architecture(features);
    const point = pointFor(architecture, [batch, features, width]);
    const sizes = { batch, features, width };
    for (const path of pathsOf(architecture))
      assertOfLoss(await runStep(architecture, point, sizes, path), compared, point, sizes);
  });
});

// Blocks of 64 rows and a last one of 2. Where rows of a gradient are gathered from two parts, those of AuxK or of gates
// come after the others of their block, not of the batch: the same terms in another order.
const IN_BLOCKS = { batch: 130, features: 40, width: 8 };

test.each(ALL)('the step of $name is the same for a batch taken in blocks', async (compared) => {
  const { batch, features, width } = IN_BLOCKS;
  const architecture = compared.architecture(features);
  const point = pointFor(architecture, [batch, features, width]);
  for (const path of pathsOf(architecture)) {
    const whole = await runStep(architecture, point, IN_BLOCKS, path);
    const inBlocks = await runStep(architecture, point, IN_BLOCKS, path, 64 * features);
    const stacked = architecture.name === 'gated' || architecture.keeps.includes('idle');
    if (stacked) assertOfLoss(inBlocks, compared, point, IN_BLOCKS);
    expect(inBlocks.terms).toEqual(whole.terms);
    expect(inBlocks.threshold).toBe(whole.threshold);
    for (const [name, gradient] of whole.gradients) {
      if (stacked && (name === 'encoder' || name === 'decoder')) continue;
      expect(inBlocks.gradients.get(name), `d${name} of the ${path} path`).toEqual(gradient);
    }
  }
});
