import { createTensor, type Gpu } from '@monosema/engine';
import type { ActivationStream } from '../activations/activation-stream.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import { wordOf } from '../random/seeded.ts';
import { scramble } from '../tokens/scramble.ts';
import {
  architectureOf,
  lambdaRuleOf,
  learningRateOf,
  startDensityOf,
  thresholdFactorOf,
} from './architectures/of-study.ts';
import { DictionaryTraining, type TrainingOptions } from './dictionary-training.ts';
import { VectorSums } from './explained-variance.ts';
import { geometricMedian } from './geometric-median.ts';
import { encoderNormOf, initialDictionary, randomDirections, unitRows } from './initialise.ts';

/** Vectors that the starting biases are taken from. */
const SAMPLE_VECTORS = 2048;

/** Makes fresh dictionaries of a model, as a study lists them, from the first vectors of a stream. @param steps of the run */
export async function startDictionaries(
  gpu: Gpu,
  { study, model, seed }: StageContext,
  width: number,
  stream: ActivationStream,
  steps: number,
): Promise<DictionaryTraining[]> {
  const { list, adam, initialDensity, learningRate, resampling } = study.dictionaries;
  await stream.prepare();
  const vectors = await stream.vectors(stream.draw(Math.min(SAMPLE_VECTORS, stream.waiting.length), seed));
  const sample = createTensor(gpu, 'sample', [vectors.length / width, width], vectors);
  const decoderBias = Float32Array.from(geometricMedian(vectors, width));
  const sums = new VectorSums(width);
  sums.add(vectors, sample.shape[0]!);
  const trainings: DictionaryTraining[] = [];
  for (const item of list.filter(({ id }) => id.startsWith(`${model}/`))) {
    const features = Math.round(item.expansion * width);
    const ownSeed = scramble(seed, wordOf(item.id));
    const architecture = architectureOf(item, width, resampling.windowVectors);
    const where = item.directions ?? architecture.directions;
    const directions =
      where === 'inputs'
        ? unitRows(await stream.vectors(stream.draw(features, ownSeed)), decoderBias)
        : randomDirections(features, width, ownSeed);
    const density = startDensityOf(item, features, initialDensity);
    const parameters = await initialDictionary(gpu, item.id, architecture, {
      sample,
      directions,
      encoderNorm: encoderNormOf(architecture, where),
      decoderBias,
      density,
    });
    const options: TrainingOptions = {
      id: item.id,
      architecture,
      adam,
      lambda: lambdaRuleOf(item, width),
      resample: item.architecture === 'paper' && (item.resample ?? true),
      deadAfter: resampling.windowVectors,
      initialDensity: architecture.rows === 'free' ? 0.5 : density,
      variance: sums.squaredDeviation() / sums.tokens,
      steps,
      thresholdFactor: thresholdFactorOf(item, steps, learningRateOf(item, features, learningRate)),
    };
    trainings.push(new DictionaryTraining(gpu, parameters, stream.batch, options));
  }
  sample.buffer.destroy();
  return trainings;
}
