import { basename, join } from 'node:path';
import { createTensor, type Gpu, type Tensor } from '@monosema/engine';
import type { ActivationStream, StreamState } from '../activations/activation-stream.ts';
import { openActivations } from '../activations/open-activations.ts';
import { MetricsLog } from '../artefacts/metrics-log.ts';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { Checkpoints, type Moment } from '../model/checkpoint.ts';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { wordOf } from '../random/seeded.ts';
import { scramble } from '../tokens/scramble.ts';
import { saveDictionary } from './dictionary-folder.ts';
import { importDictionaries } from './import-dictionaries.ts';
import { architectureOf, lambdaRuleOf } from './architectures/of-study.ts';
import { DictionaryTraining, type TrainingOptions, type TrainingState } from './dictionary-training.ts';
import { geometricMedian } from './geometric-median.ts';
import { ENCODER_NORM, initialDictionary, randomDirections, unitRows } from './initialise.ts';

/** What lambda means, in every record of it. */
const LOSS_CONVENTION =
  'mean over the batch of |x - x̂|², summed over A, plus lambda times the sparsity term; activations scaled to a mean norm of sqrt(A)';
/** Steps between two readings of the losses: reading waits for the device. */
const LOG_EVERY = 10;

interface Progressed {
  readonly step: number;
  readonly stream: Omit<StreamState, 'ready' | 'free'>;
  readonly dictionaries: Record<string, TrainingState>;
}

/** Trains all dictionaries of one model side by side from one stream of its activations. */
export async function trainDictionaryStage(context: StageContext): Promise<Facts> {
  const { study, run } = context;
  const letter = context.model!;
  const options = study.dictionaries;
  const gpu = await context.device();
  using activations = openActivations(gpu, context);
  const imported = await importDictionaries(context, activations.width);
  if (!options.list.some(({ id }) => id.startsWith(`${letter}/`))) return { dictionaries: imported };
  const steps = Math.max(1, Math.round(options.vectors / options.batch));
  const stream = await activations.openStream(steps * options.batch);
  const trainings = await startDictionaries(gpu, context, activations.width, stream);
  const saved = new Map<string, Tensor>([['buffer', stream.buffer]]);
  for (const training of trainings) for (const [name, tensor] of training.tensors()) saved.set(name, tensor);
  const checkpoints = new Checkpoints<Progressed>(gpu, context, 'dictionaries', saved);
  const done = resume(checkpoints.load(), stream, trainings);

  const schedule: Schedule = { ...options, steps, peak: options.learningRate, decay: 'linear' };
  const windowSteps = Math.max(1, Math.round(options.resampling.windowVectors / options.batch));
  const resampleAt = new Set(
    options.resampling.atFractions.map(
      (fraction) => Math.max(1, Math.round((fraction * steps) / windowSteps)) * windowSteps,
    ),
  );
  const logs = new Map(
    trainings.map(({ id }) => [id, new MetricsLog(join(run.dictionary(id), 'metrics.jsonl'))]),
  );
  try {
    for (let s = done; s < steps; s++) {
      await checkpoints.keep(s, () => momentOf(s, stream, trainings));
      if (s > 0 && s % windowSteps === 0) {
        for (const training of trainings) {
          const dead = await training.closeWindow(windowSteps * options.batch);
          if (!resampleAt.has(s) || !training.resamples) continue;
          await training.resample(
            s,
            dead,
            stream,
            options.resampling.sampleVectors,
            scramble(context.seed, wordOf(training.id), s),
          );
          const { features } = training.resamplings.at(-1)!;
          if (features > 0) context.say(`${training.id}: resampled ${features} dead features at step ${s}`);
        }
      }
      await stream.next();
      const rate = learningRate(schedule, s);
      const warmth = Math.min(1, (s + 1) / (options.l1WarmupFraction * steps));
      for (const training of trainings) await training.step(s, rate, warmth);
      if ((s + 1) % LOG_EVERY !== 0 && s + 1 !== steps) continue;
      const values: Record<string, number> = {};
      for (const training of trainings) {
        const measured = await training.measure(s);
        logs.get(training.id)!.append({ ...measured, learningRate: rate });
        if (warmth === 1) training.control((LOG_EVERY / steps) * (rate / schedule.peak));
        values[`${training.id} L0`] = measured.l0;
      }
      context.progress({
        done: (s + 1) * options.batch,
        total: steps * options.batch,
        unit: 'vectors',
        values,
      });
    }
  } finally {
    for (const log of logs.values()) log[Symbol.dispose]();
  }

  const facts: Record<string, unknown> = { ...imported };
  for (const training of trainings) {
    if (steps <= windowSteps) await training.closeWindow(steps * options.batch);
    await saveDictionary(gpu, run.dictionary(training.id), await training.atRest(), {
      scale: stream.scale,
      density: training.density,
      modelName: activations.modelName,
      hookName: activations.hookName,
      context: study.transformer.context,
      datasetPath: basename(study.corpus.path),
      provenance: {
        study: study.name,
        id: training.id,
        architecture: training.architecture.name,
        lossConvention: LOSS_CONVENTION,
        lambda: training.lambda,
        activationScale: stream.scale,
        vectors: steps * options.batch,
      },
    });
    const last = training.history.at(-1)!;
    context.say(
      `${training.id}: ${training.parameters.features} features, L0 ${last.l0.toFixed(1)}, ${training.dead} dead in the last ${windowSteps * options.batch} vectors`,
    );
    facts[training.id] = {
      features: training.parameters.features,
      vectors: steps * options.batch,
      architecture: training.architecture.name,
      l1Coefficient: training.lambda,
      activationScale: stream.scale,
      finalLoss: last.loss,
      resamplings: training.resamplings,
      history: training.history,
    };
    training.close();
  }
  stream.close();
  return { dictionaries: facts };
}

/** What a checkpoint holds beside tensors on the device. */
function momentOf(
  step: number,
  stream: ActivationStream,
  trainings: readonly DictionaryTraining[],
): Moment<Progressed> {
  const { ready, free, ...rest } = stream.state();
  return {
    arrays: {
      ready: Uint32Array.from(ready),
      free: Uint32Array.from(free),
      ...Object.fromEntries(trainings.map(({ id, density }) => [`${id}.density`, density])),
    },
    state: {
      step,
      stream: rest,
      dictionaries: Object.fromEntries(trainings.map((training) => [training.id, training.state()])),
    },
  };
}

/** Puts that back. @returns how many steps are done */
function resume(
  moment: Moment<Progressed> | null,
  stream: ActivationStream,
  trainings: readonly DictionaryTraining[],
): number {
  if (moment === null) return 0;
  const { arrays, state } = moment;
  stream.restore({ ...state.stream, ready: [...arrays['ready']!], free: [...arrays['free']!] });
  for (const training of trainings)
    training.restore(state.dictionaries[training.id]!, arrays[`${training.id}.density`] as Float32Array);
  return state.step;
}

/** Vectors that the starting biases are taken from. */
const SAMPLE_VECTORS = 2048;

async function startDictionaries(
  gpu: Gpu,
  { study, model, seed }: StageContext,
  width: number,
  stream: ActivationStream,
): Promise<DictionaryTraining[]> {
  const { list, adam, initialDensity, resampling } = study.dictionaries;
  await stream.prepare();
  const vectors = await stream.vectors(stream.draw(Math.min(SAMPLE_VECTORS, stream.waiting.length), seed));
  const sample = createTensor(gpu, 'sample', [vectors.length / width, width], vectors);
  const decoderBias = Float32Array.from(geometricMedian(vectors, width));
  const trainings: DictionaryTraining[] = [];
  for (const item of list.filter(({ id }) => id.startsWith(`${model}/`))) {
    const features = Math.round(item.expansion * width);
    const ownSeed = scramble(seed, wordOf(item.id));
    const architecture = architectureOf(item, width, resampling.windowVectors);
    const where = item.architecture === 'april-2024' ? 'random' : (item.directions ?? 'inputs');
    const directions =
      where === 'inputs'
        ? unitRows(await stream.vectors(stream.draw(features, ownSeed)), decoderBias)
        : randomDirections(features, width, ownSeed);
    const parameters = await initialDictionary(gpu, item.id, architecture, {
      sample,
      directions,
      encoderNorm: ENCODER_NORM[where],
      decoderBias,
      density: initialDensity,
    });
    const options: TrainingOptions = {
      id: item.id,
      architecture,
      adam,
      lambda: lambdaRuleOf(item, width),
      resample: item.architecture === 'paper' && (item.resample ?? true),
      deadAfter: resampling.windowVectors,
      initialDensity: architecture.rows === 'free' ? 0.5 : initialDensity,
    };
    trainings.push(new DictionaryTraining(gpu, parameters, stream.batch, options));
  }
  sample.buffer.destroy();
  return trainings;
}
