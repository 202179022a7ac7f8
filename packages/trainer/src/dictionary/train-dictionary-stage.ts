import { basename, join } from 'node:path';
import { createTensor, readPeak, type Gpu, type Tensor } from '@monosema/engine';
import type { ActivationStream, StreamState } from '../activations/activation-stream.ts';
import { openActivations, type ActivationModel } from '../activations/open-activations.ts';
import { MetricsLog, type Measured } from '../artefacts/metrics-log.ts';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { Checkpoints, type Moment } from '../model/checkpoint.ts';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { Speedometer, type Speed } from '../model/speed.ts';
import { wordOf } from '../random/seeded.ts';
import { scramble } from '../tokens/scramble.ts';
import { saveDictionary } from './dictionary-folder.ts';
import { importDictionaries } from './import-dictionaries.ts';
import { architectureOf, lambdaRuleOf, learningRateOf, thresholdFactorOf } from './architectures/of-study.ts';
import {
  DictionaryTraining,
  type TrainingMetrics,
  type TrainingOptions,
  type TrainingState,
} from './dictionary-training.ts';
import { VectorSums } from './explained-variance.ts';
import { geometricMedian } from './geometric-median.ts';
import { encoderNormOf, initialDictionary, randomDirections, unitRows } from './initialise.ts';
import { faultOfL0 } from './l0-fault.ts';
import { Validation } from './validation.ts';

/** What lambda means, in every record of it. */
const LOSS_CONVENTION =
  'mean over the batch of |x - x̂|², summed over A, plus lambda times the sparsity term; activations scaled to a mean norm of sqrt(A)';
/** Steps between two readings of the losses: reading waits for the device. */
const LOG_EVERY = 10;
/** Readings on held-out text in a run, where it is long enough; each costs about as much as a step. */
const VALIDATIONS = 50;
const LEAST_BETWEEN_VALIDATIONS = 40;

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

  const peaks = new Map(
    trainings.map(({ id, parameters }) => {
      const item = options.list.find((listed) => listed.id === id)!;
      return [id, learningRateOf(item, parameters.features, options.learningRate)] as const;
    }),
  );
  const schedule: Schedule = { ...options, steps, peak: 1, decay: 'linear' };
  const windowSteps = Math.max(1, Math.round(options.resampling.windowVectors / options.batch));
  const resampleAt = new Set(
    options.resampling.atFractions.map(
      (fraction) => Math.max(1, Math.round((fraction * steps) / windowSteps)) * windowSteps,
    ),
  );
  const validation = await openValidation(gpu, activations.model, trainings, options.batch, stream.scale);
  const validateEvery = Math.max(LEAST_BETWEEN_VALIDATIONS, Math.ceil(steps / VALIDATIONS));
  const validate = async (step: number): Promise<void> => {
    if (validation === null) return;
    for (const training of trainings) {
      const measured = await validation.measure(training.id, await training.atRest(), step);
      training.validations.add(measured);
      logs.get(training.id)!.append({ event: 'validation', ...measured });
    }
  };
  const logs = new Map(
    trainings.map(({ id }) => [id, new MetricsLog(join(run.dictionary(id), 'metrics.jsonl'))]),
  );
  const speedometer = new Speedometer(gpu);
  try {
    for (let s = done; s < steps; s++) {
      await checkpoints.keep(s, () => momentOf(s, stream, trainings));
      if (s > 0 && s % windowSteps === 0) {
        for (const training of trainings)
          await closeWindow(context, training, stream, logs.get(training.id)!, s, resampleAt.has(s));
      }
      await stream.next();
      // Each dictionary's rate is this share of its peak.
      const share = learningRate(schedule, s);
      const warmth = Math.min(1, (s + 1) / (options.l1WarmupFraction * steps));
      for (const training of trainings) await training.step(s, share * peaks.get(training.id)!, warmth);
      if ((s + 1) % LOG_EVERY === 0 || s + 1 === steps) {
        const flopsBefore = flopsOf(trainings);
        const measured: TrainingMetrics[] = [];
        for (const training of trainings) measured.push(await training.measure(s));
        const flops = flopsOf(trainings) - flopsBefore;
        const speed = speedometer.read(checkpoints.time, LOG_EVERY * options.batch, flops);
        for (const [i, training] of trainings.entries()) {
          logs
            .get(training.id)!
            .append(lineOf(training, measured[i]!, share * peaks.get(training.id)!, speed));
          if (warmth === 1) {
            training.control({ share: (LOG_EVERY / steps) * share, done: (s + 1) / steps });
          }
        }
        context.progress({
          done: (s + 1) * options.batch,
          total: steps * options.batch,
          unit: 'vectors',
          values: Object.fromEntries(trainings.map(({ id }, i) => [`${id} L0`, measured[i]!.l0])),
        });
      }
      if ((s + 1) % validateEvery === 0 || s + 1 === steps) await validate(s + 1);
    }
    if (steps <= windowSteps) {
      for (const training of trainings)
        await closeWindow(context, training, stream, logs.get(training.id)!, steps, false);
    }
  } finally {
    for (const log of logs.values()) log[Symbol.dispose]();
    validation?.close();
  }

  const facts: Record<string, unknown> = { ...imported };
  for (const training of trainings) {
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
        learningRate: peaks.get(training.id)!,
        activationScale: stream.scale,
        vectors: steps * options.batch,
      },
    });
    const last = training.history.at(-1)!;
    context.say(
      `${training.id}: ${shown(training.parameters.features)} ${training.parameters.features === 1 ? 'feature' : 'features'}, L0 ${last.l0.toFixed(1)}, ${shown(training.dead)} dead in the last ${shown(windowSteps * options.batch)} vectors`,
    );
    const fault = faultOfL0(
      options.list.find(({ id }) => id === training.id)!,
      finalL0(training),
    );
    if (fault !== null) context.say(fault);
    facts[training.id] = {
      features: training.parameters.features,
      vectors: steps * options.batch,
      architecture: training.architecture.name,
      l1Coefficient: training.lambda,
      activationScale: stream.scale,
      finalLoss: last.loss,
      flops: training.flops,
      peakFlops: readPeak(gpu)?.flops.perSecond ?? null,
      resamplings: training.resamplings,
      history: training.history,
      windows: training.windows.points,
      validations: training.validations.points,
    };
    training.close();
  }
  stream.close();
  return { dictionaries: facts };
}

/** Ends a window of a dictionary: logs it, and resamples what has died where that is due. */
async function closeWindow(
  { study, seed, say }: StageContext,
  training: DictionaryTraining,
  stream: ActivationStream,
  log: MetricsLog,
  step: number,
  resampling: boolean,
): Promise<void> {
  const { batch, resampling: options } = study.dictionaries;
  const before = training.windows.last?.step ?? 0;
  const dead = await training.closeWindow(step, (step - before) * batch);
  log.append({ event: 'window', ...training.windows.last! });
  if (!resampling || !training.resamples) return;
  const ownSeed = scramble(seed, wordOf(training.id), step);
  await training.resample(step, dead, stream, options.sampleVectors, ownSeed);
  const last = training.resamplings.at(-1)!;
  log.append({ event: 'resampling', ...last });
  if (last.features > 0) say(`${training.id}: resampled ${last.features} dead features at step ${step}`);
}

/** Readings whose mean is the L0 that a run ends with. */
const LAST_READINGS = 5;

function finalL0({ history }: DictionaryTraining): number {
  const last = history.slice(-LAST_READINGS);
  return last.reduce((sum, reading) => sum + reading.l0, 0) / last.length;
}

/** A reading of the losses, as the log has it. */
function lineOf(
  { parameters }: DictionaryTraining,
  measured: TrainingMetrics,
  rate: number,
  { perSecond, peakFraction }: Speed,
): Readonly<Record<string, Measured>> {
  return {
    event: 'step',
    ...measured,
    live: parameters.features - measured.dead,
    learningRate: rate,
    vectorsPerSecond: perSecond,
    peakFraction,
  };
}

const flopsOf = (trainings: readonly DictionaryTraining[]): number =>
  trainings.reduce((sum, { flops }) => sum + flops, 0);

/** Held-out text on which all dictionaries are measured; null where only files of activations are known. */
async function openValidation(
  gpu: Gpu,
  model: ActivationModel | null,
  trainings: readonly DictionaryTraining[],
  tokens: number,
  scale: number,
): Promise<Validation | null> {
  if (model === null) return null;
  const widest = Math.max(...trainings.map(({ parameters }) => parameters.features));
  return Validation.open(gpu, model, { tokens, scale, widest });
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
  const { list, adam, initialDensity, learningRate, resampling, vectors: all, batch } = study.dictionaries;
  const steps = Math.max(1, Math.round(all / batch));
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
    const parameters = await initialDictionary(gpu, item.id, architecture, {
      sample,
      directions,
      encoderNorm: encoderNormOf(architecture, where),
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
      variance: sums.squaredDeviation() / sums.tokens,
      steps,
      thresholdFactor: thresholdFactorOf(item, steps, learningRateOf(item, features, learningRate)),
    };
    trainings.push(new DictionaryTraining(gpu, parameters, stream.batch, options));
  }
  sample.buffer.destroy();
  return trainings;
}

/** A count as people write it: 16,384. */
const shown = (count: number): string => count.toLocaleString('en');
