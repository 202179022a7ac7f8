/**
 * Times training steps at the size of the demo: one of the transformer, and those of dictionaries by their sparse and
 * their dense path at several densities, which says where one should switch: node training-step.ts
 */
import { adamScalars, createTensor, openDevice, readTensor, type Gpu } from '@monosema/engine';
import {
  uploadDictionary,
  type DictionaryParameters,
} from '../packages/trainer/src/dictionary/dictionary.ts';
import { initialDictionary, randomDirections } from '../packages/trainer/src/dictionary/initialise.ts';
import {
  buildStepProgram,
  createDictionaryMoments,
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
import { compare, currentLoad, writeResults, type Candidate, type Timing } from './harness.ts';

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const TRANSFORMER: TransformerConfig = {
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
const CONTEXTS = 16;
const A = 256;
const BATCH = 1024;
const FEATURES = [256, 1024, 4096];
const DENSITIES = [0.5, 0.25, 0.125, 0.0625, 0.03, 0.01, 0.003];
// At a learning rate of 0 a dictionary keeps the density it was given.
const STANDSTILL = { ...adamScalars(ADAM, 1, 0), penalty: 0 };

async function transformerStep(gpu: Gpu): Promise<Candidate> {
  const parameters = uploadParameters(gpu, TRANSFORMER, initialValues(TRANSFORMER, 1));
  const { program, batch, loss } = await buildTrainingProgram(gpu, TRANSFORMER, parameters, CONTEXTS, ADAM);
  const uniform = uniforms(1);
  const { context, vocabulary } = TRANSFORMER;
  const length = CONTEXTS * (context + 1);
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

/** Both paths of one dictionary; each is checked against the loss and the density of the other. */
async function dictionarySteps(gpu: Gpu, features: number, density: number): Promise<Candidate[]> {
  const normal = normals(2);
  const vectors = Float32Array.from({ length: BATCH * A }, () => Math.max(0, normal()));
  const batch = createTensor(gpu, 'batch', [BATCH, A], vectors);
  const directions = randomDirections(features, A, 3);
  const median = new Float32Array(A).fill(0.4);
  const fresh = await initialDictionary(gpu, 'fresh', batch, directions, 0.5, median, density);
  const steps: { name: string; step: StepProgram }[] = [];
  for (const path of ['sparse', 'dense'] as const) {
    const dictionary = await copyOf(gpu, fresh);
    const moments = createDictionaryMoments(gpu, dictionary);
    const options = { ...ADAM, architecture: { kind: 'standard' }, path } as const;
    steps.push({ name: path, step: await buildStepProgram(gpu, dictionary, moments, batch, options) });
  }
  const measured = async ({ reconstruction, meanActive }: StepProgram): Promise<[number, number]> => [
    (await readTensor(gpu, reconstruction))[0]!,
    (await readTensor(gpu, meanActive))[0]! / BATCH,
  ];
  return steps.map(({ name, step }) => ({
    name,
    program: step.program,
    scalars: STANDSTILL,
    check: async () => {
      for (const other of steps) await other.step.program.run(STANDSTILL);
      const [[loss, active], [otherLoss]] = [await measured(step), await measured(steps[0]!.step)];
      if (!(Math.abs(loss / otherLoss - 1) < 1e-4 && Math.abs(active / density - 1) < 0.2))
        throw new Error(
          `dictionary of ${features}, ${name}: expected a loss of ${otherLoss} and a density of ${density}, got ${loss} and ${active}`,
        );
    },
  }));
}

async function copyOf(gpu: Gpu, of: DictionaryParameters): Promise<DictionaryParameters> {
  const { encoderBias } = of.vectors;
  return uploadDictionary(gpu, 'copy', of, {
    encoder: await readTensor(gpu, of.encoder),
    decoder: await readTensor(gpu, of.decoder),
    decoderBias: await readTensor(gpu, of.decoderBias),
    vectors: { encoderBias: await readTensor(gpu, encoderBias!) },
  });
}

const results: Record<string, unknown>[] = [];
function keep(what: Readonly<Record<string, unknown>>, timings: readonly Timing[]): void {
  for (const timing of timings) {
    results.push({ ...what, ...timing });
    process.stdout.write(`${JSON.stringify(what)} ${timing.candidate} ${timing.milliseconds} ms\n`);
  }
}

const gpu = await openDevice();
const load = currentLoad();
const transformer = await transformerStep(gpu);
keep({ step: 'transformer', tokens: CONTEXTS * TRANSFORMER.context }, await compare(gpu, [transformer]));
transformer.program.destroy();
for (const features of FEATURES) {
  for (const density of DENSITIES) {
    const candidates = await dictionarySteps(gpu, features, density);
    keep({ step: 'dictionary', vectors: BATCH, features, density }, await compare(gpu, candidates));
    for (const { program } of candidates) program.destroy();
  }
}
writeResults('training-step', gpu, load, results);
gpu.close();
