import { basename, join } from 'node:path';
import { readPeak, type Gpu, type Tensor } from '@monosema/engine';
import type { ActivationStream, StreamState } from '../activations/activation-stream.ts';
import { openActivations, type ActivationModel, type Activations } from '../activations/open-activations.ts';
import { MetricsLog, type Measured } from '../artefacts/metrics-log.ts';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { Checkpoints, type Moment } from '../model/checkpoint.ts';
import { learningRate, type Schedule } from '../model/schedule.ts';
import { Speedometer, type Speed } from '../model/speed.ts';
import { wordOf } from '../random/seeded.ts';
import { scramble } from '../tokens/scramble.ts';
import { saveDictionary } from './dictionary-folder.ts';
import { importDictionaries } from './import-dictionaries.ts';
import { learningRateOf } from './architectures/of-study.ts';
import type { DictionaryTraining, TrainingMetrics, TrainingState } from './dictionary-training.ts';
import { faultOfL0 } from './l0-fault.ts';
import { startDictionaries } from './start-dictionaries.ts';
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

/** The dictionaries of one model while they are trained side by side. */
interface Run {
  readonly context: StageContext;
  readonly gpu: Gpu;
  readonly stream: ActivationStream;
  readonly trainings: readonly DictionaryTraining[];
  /** Largest learning rate, by dictionary. */
  readonly peaks: ReadonlyMap<string, number>;
  readonly logs: ReadonlyMap<string, MetricsLog>;
  readonly validation: Validation | null;
  readonly steps: number;
  /** Steps of a window, in which a feature is dead that never fires. */
  readonly windowSteps: number;
}

/** Trains all dictionaries of one model side by side from one stream of its activations. */
export async function trainDictionaryStage(context: StageContext): Promise<Facts> {
  const { study, run, model } = context;
  const { list, vectors, batch, resampling, learningRate: all } = study.dictionaries;
  const gpu = await context.device();
  using activations = openActivations(gpu, context);
  const imported = await importDictionaries(context, activations.width);
  if (!list.some(({ id }) => id.startsWith(`${model}/`))) return { dictionaries: imported };
  const steps = Math.max(1, Math.round(vectors / batch));
  const stream = await activations.openStream(steps * batch);
  const trainings = await startDictionaries(gpu, context, activations.width, stream, steps);
  const validation = await openValidation(gpu, activations.model, trainings, batch, stream.scale);
  const made: Run = {
    context,
    gpu,
    stream,
    trainings,
    peaks: new Map(
      trainings.map(({ id, parameters }) => [id, learningRateOf(itemOf(list, id), parameters.features, all)]),
    ),
    logs: new Map(trainings.map(({ id }) => [id, new MetricsLog(join(run.dictionary(id), 'metrics.jsonl'))])),
    validation,
    steps,
    windowSteps: Math.max(1, Math.round(resampling.windowVectors / batch)),
  };
  try {
    await takeSteps(made);
  } finally {
    for (const log of made.logs.values()) log[Symbol.dispose]();
    validation?.close();
  }
  const facts: Record<string, unknown> = { ...imported };
  for (const training of trainings) {
    facts[training.id] = await finish(made, training, activations);
    training.close();
  }
  stream.close();
  return { dictionaries: facts };
}

const itemOf = <Item extends { readonly id: string }>(list: readonly Item[], id: string): Item =>
  list.find((item) => item.id === id)!;

/** Takes all steps, from the last checkpoint on where there is one. */
async function takeSteps(run: Run): Promise<void> {
  const { context, gpu, stream, trainings, peaks, steps, windowSteps } = run;
  const { resampling, l1WarmupFraction, ...options } = context.study.dictionaries;
  const saved = new Map<string, Tensor>([['buffer', stream.buffer]]);
  for (const training of trainings) for (const [name, tensor] of training.tensors()) saved.set(name, tensor);
  const checkpoints = new Checkpoints<Progressed>(gpu, context, 'dictionaries', saved);
  const done = resume(checkpoints.load(), stream, trainings);
  const schedule: Schedule = { ...options, steps, peak: 1, decay: 'linear' };
  const resampleAt = new Set(
    resampling.atFractions.map(
      (fraction) => Math.max(1, Math.round((fraction * steps) / windowSteps)) * windowSteps,
    ),
  );
  const validateEvery = Math.max(LEAST_BETWEEN_VALIDATIONS, Math.ceil(steps / VALIDATIONS));
  const speedometer = new Speedometer(gpu);
  for (let s = done; s < steps; s++) {
    await checkpoints.keep(s, () => momentOf(s, stream, trainings));
    if (s > 0 && s % windowSteps === 0) await closeWindows(run, s, resampleAt.has(s));
    await stream.next();
    // Each dictionary's rate is this share of its peak.
    const share = learningRate(schedule, s);
    const warmth = Math.min(1, (s + 1) / (l1WarmupFraction * steps));
    for (const training of trainings) await training.step(s, share * peaks.get(training.id)!, warmth);
    if ((s + 1) % LOG_EVERY === 0 || s + 1 === steps) {
      await measure(run, s, share, (vectors, flops) => speedometer.read(checkpoints.time, vectors, flops));
    }
    if (warmth === 1) await control(run, s, share);
    if ((s + 1) % validateEvery === 0 || s + 1 === steps) await validate(run, s + 1);
  }
  if (steps <= windowSteps) await closeWindows(run, steps, false);
}

/** Brings the L0 of dictionaries with a target nearer to it, where a reading is due. @param rate over its peak */
async function control({ trainings, steps }: Run, s: number, rate: number): Promise<void> {
  for (const training of trainings) {
    const since = training.controlEvery(steps);
    if ((s + 1) % since === 0) await training.control({ step: s + 1, since, steps, rate });
  }
}

/** Reads the losses of a step, which waits for the device, and says how far training has come. */
async function measure(
  { context, trainings, peaks, logs, steps }: Run,
  s: number,
  share: number,
  speedOf: (vectors: number, flops: number) => Speed,
): Promise<void> {
  const { batch } = context.study.dictionaries;
  const flopsBefore = flopsOf(trainings);
  const measured: TrainingMetrics[] = [];
  for (const training of trainings) measured.push(await training.measure(s));
  const speed = speedOf(LOG_EVERY * batch, flopsOf(trainings) - flopsBefore);
  for (const [i, training] of trainings.entries()) {
    const rate = share * peaks.get(training.id)!;
    logs.get(training.id)!.append(lineOf(training, measured[i]!, rate, speed));
  }
  context.progress({
    done: (s + 1) * batch,
    total: steps * batch,
    unit: 'vectors',
    values: Object.fromEntries(trainings.map(({ id }, i) => [`${id} L0`, measured[i]!.l0])),
  });
}

/** Measures all dictionaries on held-out text, where there is any. */
async function validate({ trainings, logs, validation }: Run, step: number): Promise<void> {
  if (validation === null) return;
  for (const training of trainings) {
    const measured = await validation.measure(training.id, await training.atRest(), step);
    training.validations.add(measured);
    logs.get(training.id)!.append({ event: 'validation', ...measured });
  }
}

/** Saves a trained dictionary. @returns what is to be known of its training */
async function finish(
  { context, gpu, stream, peaks, steps, windowSteps }: Run,
  training: DictionaryTraining,
  { modelName, hookName }: Activations,
): Promise<Facts> {
  const { study, run, say } = context;
  const { id, lambda, parameters } = training;
  const { batch, list } = study.dictionaries;
  const vectors = steps * batch;
  await saveDictionary(gpu, run.dictionary(id), await training.atRest(), {
    scale: stream.scale,
    density: training.density,
    modelName,
    hookName,
    context: study.transformer.context,
    datasetPath: basename(study.corpus.path),
    provenance: {
      study: study.name,
      id,
      architecture: training.architecture.name,
      lossConvention: LOSS_CONVENTION,
      lambda,
      learningRate: peaks.get(id)!,
      activationScale: stream.scale,
      vectors,
    },
  });
  const last = training.history.at(-1)!;
  say(
    `${id}: ${shown(parameters.features)} ${parameters.features === 1 ? 'feature' : 'features'}, L0 ${last.l0.toFixed(1)}, ${shown(training.dead)} dead in the last ${shown(windowSteps * batch)} vectors`,
  );
  const fault = faultOfL0(itemOf(list, id), finalL0(training));
  if (fault !== null) say(fault);
  return {
    features: parameters.features,
    vectors,
    architecture: training.architecture.name,
    l1Coefficient: lambda,
    activationScale: stream.scale,
    finalLoss: last.loss,
    flops: training.flops,
    peakFlops: readPeak(gpu)?.flops.perSecond ?? null,
    resamplings: training.resamplings,
    history: training.history,
    windows: training.windows.points,
    validations: training.validations.points,
  };
}

/** Ends a window of all dictionaries, and resamples what has died where that is due. */
async function closeWindows(
  { context, trainings, stream, logs }: Run,
  step: number,
  resampling: boolean,
): Promise<void> {
  for (const training of trainings)
    await closeWindow(context, training, stream, logs.get(training.id)!, step, resampling);
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

/** A count as people write it: 16,384. */
const shown = (count: number): string => count.toLocaleString('en');
