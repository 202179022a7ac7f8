/**
 * Times training steps at the size of the demo: one of the transformer, and those of dictionaries by their sparse and
 * their dense path at several densities, which says where one should switch: node training-step.ts
 */
import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import {
  uploadDictionary,
  type DictionaryParameters,
} from '../packages/trainer/src/dictionary/dictionary.ts';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import type { StepProgram } from '../packages/trainer/src/dictionary/step-program.ts';
import { compare, currentLoad, writeResults, type Candidate, type Timing } from './harness.ts';
import { dictionaryStep, freshDictionary, scalarsOf, TRANSFORMER, transformerStep } from './steps.ts';

const CONTEXTS = 16;
const A = 256;
const BATCH = 1024;
const FEATURES = [256, 1024, 4096];
const DENSITIES = [0.5, 0.25, 0.125, 0.0625, 0.03, 0.01, 0.003];

/** Both paths of one dictionary; each is checked against the loss and the density of the other. */
async function dictionarySteps(gpu: Gpu, features: number, density: number): Promise<Candidate[]> {
  const fresh = await freshDictionary(gpu, BATCH, A, features, density);
  const steps: { name: string; step: StepProgram }[] = [];
  for (const path of ['sparse', 'dense'] as const) {
    const dictionary = await copyOf(gpu, fresh.dictionary);
    const options = { architecture: paper(), path };
    steps.push({ name: path, step: await dictionaryStep(gpu, dictionary, fresh.batch, options) });
  }
  const measured = async ({ terms, l0 }: StepProgram): Promise<[number, number]> => [
    (await readTensor(gpu, terms['reconstruction']!.tensor))[0]!,
    (await readTensor(gpu, l0.tensor))[0]! / BATCH,
  ];
  return steps.map(({ name, step }) => ({
    name,
    program: step.program,
    scalars: scalarsOf(paper()),
    check: async () => {
      for (const other of steps) await other.step.program.run(scalarsOf(paper()));
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
const transformer = await transformerStep(gpu, TRANSFORMER, CONTEXTS);
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
