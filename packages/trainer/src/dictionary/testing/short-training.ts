// Trains a tiny transformer and a dictionary on its activations, and prints a hash of all that they end with. A program
// of its own, so that a test can run it in several processes: node short-training.ts SEED
import { createHash } from 'node:crypto';
import { adamScalars, createTensor, openDevice, readTensor, writeTensor } from '@monosema/engine';
import { initialValues } from '../../model/initialise.ts';
import type { TransformerConfig } from '../../model/parameters.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from '../../model/training-program.ts';
import { uniforms } from '../../random/seeded.ts';
import { paper } from '../architectures/paper.ts';
import { parameterTensors } from '../dictionary.ts';
import { initialDictionary, randomDirections } from '../initialise.ts';
import { buildStepProgram, createDictionaryMoments, stepScalars } from '../step-program.ts';

const CONFIG: TransformerConfig = {
  layers: 1,
  dModel: 8,
  heads: 2,
  dMlp: 12,
  context: 6,
  vocabulary: 11,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const [SEQUENCES, FEATURES, STEPS] = [8, 24, 12];
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const seed = Number(process.argv[2]);
const uniform = uniforms(seed);
const gpu = await openDevice();
const hash = createHash('sha256');

const parameters = uploadParameters(gpu, CONFIG, initialValues(CONFIG, seed));
const model = await buildTrainingProgram(gpu, CONFIG, parameters, SEQUENCES, { ...ADAM, keep: true });
for (let step = 1; step <= STEPS; step++) {
  const tokens = Uint32Array.from({ length: SEQUENCES * (CONFIG.context + 1) }, () =>
    Math.floor(uniform() * CONFIG.vocabulary),
  );
  setBatch(gpu, model.batch, tokens);
  await model.program.run(adamScalars(ADAM, step, 1e-2));
}
for (const tensor of parameters.values()) hash.update(await readTensor(gpu, tensor));

const activations = await readTensor(gpu, model.activations!);
const batch = createTensor(gpu, 'batch', [SEQUENCES * CONFIG.context, CONFIG.dMlp], activations);
const architecture = paper();
const dictionary = await initialDictionary(gpu, 'A/0', architecture, {
  sample: batch,
  directions: randomDirections(FEATURES, CONFIG.dMlp, seed),
  encoderNorm: 0.5,
  decoderBias: new Float32Array(CONFIG.dMlp),
  density: 0.2,
});
const moments = createDictionaryMoments(gpu, dictionary);
for (const path of ['dense', 'sparse'] as const) {
  const step = await buildStepProgram(gpu, dictionary, moments, batch, { architecture, adam: ADAM, path });
  for (let i = 1; i <= STEPS; i++) {
    writeTensor(
      gpu,
      batch,
      activations.map((value) => value * (0.5 + uniform())),
    );
    const scalars = {
      ...adamScalars(ADAM, i, 1e-2),
      ...stepScalars(architecture, { penalty: 0.1, step: i }),
    };
    await step.program.run(scalars);
  }
}
for (const tensor of parameterTensors(dictionary).values()) hash.update(await readTensor(gpu, tensor));
console.log(hash.digest('hex'));
gpu.close();
