/**
 * Times what a live stream of activations adds to the steps of a dictionary that trains on them: node harvest.ts
 *
 * The model is as wide as the paper's, the dictionary has 4,096 features and takes 1,024 vectors a step; the step alone and
 * the step with its stream are timed in turns.
 */
import { openDevice, type Gpu } from '@monosema/engine';
import { liveStream } from '../packages/trainer/src/activations/live-stream.ts';
import { paper } from '../packages/trainer/src/dictionary/architectures/paper.ts';
import { initialValues } from '../packages/trainer/src/model/initialise.ts';
import type { TransformerConfig } from '../packages/trainer/src/model/parameters.ts';
import { uploadParameters } from '../packages/trainer/src/model/training-program.ts';
import { uniforms } from '../packages/trainer/src/random/seeded.ts';
import { Contexts } from '../packages/trainer/src/tokens/contexts.ts';
import { currentLoad, writeResults } from './harness.ts';
import { scalarsOf, wideStep } from './steps.ts';

const F = 4096;
const ROUNDS = 5;
const MODEL: TransformerConfig = {
  layers: 1,
  dModel: 128,
  heads: 4,
  dMlp: 512,
  context: 256,
  vocabulary: 8192,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
/** Positions taken of each context: nearly all as in the paper, and half. */
const POSITIONS = [250, 128];
/** Vectors a step. */
const BATCH = 1024;
/** Steps of a round; the buffer is refilled about once in each. */
const STEPS = 8;

const gpu = await openDevice();
const load = currentLoad();
const results = [];
for (const positions of POSITIONS) results.push(await measure(gpu, positions));
writeResults('harvest', gpu, load, results);
gpu.close();

async function measure(opened: Gpu, positionsPerContext: number): Promise<Record<string, unknown>> {
  const parameters = uploadParameters(opened, MODEL, initialValues(MODEL, 1));
  const uniform = uniforms(4);
  const tokens = Uint32Array.from({ length: 1024 * MODEL.context + 1 }, () =>
    Math.floor(uniform() * MODEL.vocabulary),
  );
  const source = {
    length: tokens.length,
    read: (start: number, count: number) => tokens.slice(start, start + count),
  };
  const contexts = new Contexts(source, MODEL.context, 'text');
  const stream = await liveStream(opened, MODEL, parameters, contexts, {
    site: { name: 'mlp-activations', layer: 0 },
    positionsPerContext,
    bufferVectors: 2 * STEPS * BATCH,
    batch: BATCH,
    seed: 1,
  });
  const architecture = paper();
  const { step } = await wideStep(opened, architecture, [BATCH, 512, F], 32);
  const run = async (harvests: boolean): Promise<number> => {
    const started = performance.now();
    for (let i = 0; i < STEPS; i++) {
      if (harvests) await stream.next();
      await step.program.run(scalarsOf(architecture));
    }
    await opened.idle();
    return (performance.now() - started) / STEPS;
  };
  // The first rounds compile, and fill the buffer for the first time.
  for (const harvests of [true, false]) await run(harvests);
  const [without, live] = [[] as number[], [] as number[]];
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await run(false));
    live.push(await run(true));
  }
  const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[ROUNDS >> 1]!;
  const ratios = live.map((time, i) => time / without[i]!);
  const result = {
    positionsPerContext,
    batch: BATCH,
    features: F,
    stepMilliseconds: Number(median(without).toPrecision(4)),
    liveMilliseconds: Number(median(live).toPrecision(4)),
    harvestAdds: Number((median(ratios) - 1).toPrecision(3)),
    rangeOfRatios: [Math.min(...ratios), Math.max(...ratios)].map((ratio) => Number(ratio.toPrecision(3))),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  stream.close();
  step.program.destroy();
  return result;
}
