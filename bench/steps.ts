/** Training steps as programs, at sizes of one's own. */
import {
  adamScalars,
  createTensor,
  readTensor,
  type AdamOptions,
  type Gpu,
  type Tensor,
} from '@monosema/engine';
import type { Architecture } from '../packages/trainer/src/dictionary/architectures/architecture.ts';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import {
  parameterTensors,
  uploadDictionary,
  type DictionaryParameters,
} from '../packages/trainer/src/dictionary/dictionary.ts';
import { initialDictionary, randomDirections } from '../packages/trainer/src/dictionary/initialise.ts';
import {
  buildStepProgram,
  createDictionaryMoments,
  stepScalars,
  type StepOptions,
  type StepProgram,
} from '../packages/trainer/src/dictionary/step-program.ts';
import { initialValues } from '../packages/trainer/src/model/initialise.ts';
import type { TransformerConfig } from '../packages/trainer/src/model/parameters.ts';
import {
  buildTrainingProgram,
  setBatch,
  uploadParameters,
} from '../packages/trainer/src/model/training-program.ts';
import { normals, uniforms } from '../packages/trainer/src/random/seeded.ts';
import type { Candidate } from './harness.ts';

export const ADAM: AdamOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** The demo's transformer. */
export const TRANSFORMER: TransformerConfig = {
  layers: 1,
  dModel: 64,
  heads: 4,
  dMlp: 256,
  context: 64,
  vocabulary: 1024,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};

/** At a learning rate of 0 a dictionary keeps the density it was given. */
export function scalarsOf(architecture: Architecture): Record<string, number> {
  return { ...adamScalars(ADAM, 1, 0), ...stepScalars(architecture, { penalty: 0, step: 1 }) };
}

export async function transformerStep(
  gpu: Gpu,
  config: TransformerConfig,
  contexts: number,
): Promise<Candidate> {
  const { context, vocabulary } = config;
  const parameters = uploadParameters(gpu, config, initialValues(config, 1));
  const { program, batch, loss } = await buildTrainingProgram(gpu, config, parameters, contexts, ADAM);
  const uniform = uniforms(1);
  const length = contexts * (context + 1);
  setBatch(
    gpu,
    batch,
    Uint32Array.from({ length }, () => Math.floor(uniform() * vocabulary)),
  );
  const check = async (): Promise<void> => {
    // An untrained model is about as good as a uniform guess.
    const got = (await readTensor(gpu, loss))[0]!;
    if (!(Math.abs(got - Math.log(vocabulary)) < 0.1))
      throw new Error(`transformer step: expected a loss of about ${Math.log(vocabulary)}, got ${got}`);
  };
  return { name: 'transformer', program, scalars: adamScalars(ADAM, 1, 0), check };
}

/** A dictionary of F features of width A as it is before its first step, and a batch (B,A) for it. */
export async function freshDictionary(gpu: Gpu, B: number, A: number, F: number, density: number) {
  const normal = normals(2);
  const vectors = Float32Array.from({ length: B * A }, () => Math.max(0, normal()));
  const batch = createTensor(gpu, 'batch', [B, A], vectors);
  const median = new Float32Array(A).fill(0.4);
  const dictionary = await initialDictionary(gpu, 'fresh', paper(), {
    sample: batch,
    directions: randomDirections(F, A, 3),
    encoderNorm: 0.5,
    decoderBias: median,
    density,
  });
  return { dictionary, batch };
}

/** @param dictionary changes when the step runs with a learning rate */
export async function dictionaryStep(
  gpu: Gpu,
  dictionary: DictionaryParameters,
  batch: StepBatch,
  options: Pick<StepOptions, 'architecture' | 'path'>,
): Promise<StepProgram> {
  const moments = createDictionaryMoments(gpu, dictionary);
  return buildStepProgram(gpu, dictionary, moments, batch, { adam: ADAM, ...options });
}

type StepBatch = Parameters<typeof buildStepProgram>[3];

/**
 * A step of a dictionary of any width on a batch of its own, with about so many features active on each vector. Biases come
 * from the distribution of the pre-activations and not from a sample of them, so that the widest take seconds to make.
 *
 * @returns the step, and the tensors that hold parameters and moments
 */
export async function wideStep(
  gpu: Gpu,
  architecture: Architecture,
  [B, A, F]: readonly [number, number, number],
  active: number,
): Promise<{ readonly step: StepProgram; readonly tensors: readonly Tensor[] }> {
  const normal = normals(2);
  const batch = createTensor(
    gpu,
    'batch',
    [B, A],
    Float32Array.from({ length: B * A }, () => Math.max(0, normal())),
  );
  const rows = randomDirections(F, A, 3);
  const encoder = rows.map((value) => value / 2);
  const mean = 1 / Math.sqrt(2 * Math.PI);
  // Along a row of norm 1/2, rectified normals minus their mean are about normal.
  const deviation = Math.sqrt(1 / 2 - mean ** 2) / 2;
  const draws = Float32Array.from({ length: 1e6 }, () => normal()).sort();
  const bias = -deviation * draws[Math.floor((1 - active / F) * draws.length)]!;
  const parameters = uploadDictionary(
    gpu,
    'wide',
    { width: A, features: F, preEncoderBias: true },
    {
      encoder,
      decoder: rows,
      decoderBias: new Float32Array(A).fill(mean),
      vectors: { encoderBias: new Float32Array(F).fill(architecture.penalised ? bias : 0) },
    },
  );
  const moments = createDictionaryMoments(gpu, parameters);
  const step = await buildStepProgram(gpu, parameters, moments, batch, {
    adam: ADAM,
    architecture,
    path: 'sparse',
    state: architecture.keeps.includes('threshold') ? { threshold: createTensor(gpu, 'threshold', [1]) } : {},
  });
  const held = [...moments.values()].flatMap(({ first, second }) => [first, second]);
  return { step, tensors: [...parameterTensors(parameters).values(), ...held, batch] };
}
