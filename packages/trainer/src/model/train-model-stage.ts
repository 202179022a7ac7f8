import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { adamScalars, NonFiniteError, readTensors, type Gpu, type Tensor } from '@monosema/engine';
import { Curve, type CurveState } from '../artefacts/curve.ts';
import { MetricsLog } from '../artefacts/metrics-log.ts';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { baselines, contextRange } from '../tokens/baselines.ts';
import { batchIndices, Contexts } from '../tokens/contexts.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { Checkpoints, momentTensors } from './checkpoint.ts';
import { evaluateLoss } from './evaluation.ts';
import { initialValues } from './initialise.ts';
import { saveModel } from './model-folder.ts';
import { countParameters, type TransformerConfig } from './parameters.ts';
import { predictsLittle } from './predicts-little.ts';
import { learningRate, type Schedule } from './schedule.ts';
import { Speedometer } from './speed.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from './training-program.ts';

/** Steps between two readings of the loss: reading waits for the device. */
const LOG_EVERY = 10;
/** Validation contexts over which the final loss is taken, at most. */
export const VALIDATION_CONTEXTS = 2048;

interface LossPoint {
  readonly step: number;
  readonly tokens: number;
  readonly loss: number;
}

interface Progressed {
  readonly step: number;
  readonly history: CurveState<LossPoint>;
}

/** Trains one transformer and saves it with its losses and those of count models on the same tokens. */
export async function trainModelStage(context: StageContext): Promise<Facts> {
  const { study, run } = context;
  const options = study.transformer;
  using train = TokenShard.open(run.trainTokens);
  using validation = TokenShard.open(run.validationTokens);
  const text = new Contexts(train, options.context, 'training text');
  const heldOut = new Contexts(validation, options.context, 'validation text');
  const config = configOf(options, train.vocabulary);
  const plan = planOf(context, text);
  const gpu = await context.device();
  const parameters = uploadParameters(gpu, config, initialValues(config, context.seed));
  const history = await takeSteps(gpu, context, config, parameters, text, plan);

  const held = new SpacedContexts(heldOut, VALIDATION_CONTEXTS * options.context);
  const evaluated = await evaluateLoss(gpu, config, parameters, held, context.signal);
  const seen = Math.min(text.count, plan.steps * options.batchContexts);
  const counted = baselines(
    seenContexts(text, plan, options.batchContexts, seen),
    contextRange(held, 0, evaluated.tokens / options.context),
    config.vocabulary,
  );
  await saveModel(gpu, context.folder, config, parameters, train.endOfText);
  copyFileSync(run.tokenizer, join(context.folder, 'tokenizer.json'));
  context.say(
    `train-model ${context.model}: validation loss ${evaluated.loss.toFixed(3)} nats a token; ` +
      `bigram ${counted.bigram.toFixed(3)}, unigram ${counted.unigram.toFixed(3)} (counted on the same ${(seen * options.context).toLocaleString('en')} training tokens)`,
  );
  const losses = { model: evaluated.loss, unigram: counted.unigram };
  const remedy = 'raise transformer.tokens, or choose another transformer.learningRate';
  const little = predictsLittle(context.model!, losses, remedy);
  if (little !== null) context.say(little);
  return {
    config,
    parameters: countParameters(config),
    seed: context.seed,
    trainingTokens: plan.steps * plan.tokensPerStep,
    validationTokens: evaluated.tokens,
    trainLoss: meanOfLast(
      history.points.map(({ loss }) => loss),
      Math.ceil(history.points.length / 20),
    ),
    validationLoss: evaluated.loss,
    unigramLoss: counted.unigram,
    bigramLoss: counted.bigram,
    history: history.points,
  };
}

/** The transformer that a study asks for, over the vocabulary of its tokens. */
function configOf(
  { layers, dModel, heads, dMlp, context, activation }: StageContext['study']['transformer'],
  vocabulary: number,
): TransformerConfig {
  return {
    layers,
    dModel,
    heads,
    dMlp,
    context,
    vocabulary,
    activation,
    layerNormEpsilon: 1e-5,
    tied: false,
  };
}

/** Which text a training reads in what order, and at which rates it learns. */
interface TrainingPlan {
  readonly steps: number;
  readonly tokensPerStep: number;
  /** Contexts of a step's batch. */
  readonly indices: (step: number) => number[];
  readonly schedule: Schedule;
}

function planOf({ study }: StageContext, text: Contexts): TrainingPlan {
  const options = study.transformer;
  const tokensPerStep = options.batchContexts * options.context;
  const steps = Math.max(1, Math.round(options.tokens / tokensPerStep));
  return {
    steps,
    tokensPerStep,
    // The order of the text is the study's: models differ in their initial values alone.
    indices: batchIndices(text.count, options.batchContexts, study.seed),
    schedule: { ...options, steps, peak: options.learningRate, decay: 'cosine' },
  };
}

/**
 * Trains the parameters in place, from the last checkpoint on where there is one.
 *
 * @returns the losses on the way
 * @throws {NonFiniteError} where a loss is no finite number
 */
async function takeSteps(
  gpu: Gpu,
  context: StageContext,
  config: TransformerConfig,
  parameters: ReadonlyMap<string, Tensor>,
  text: Contexts,
  { steps, tokensPerStep, indices, schedule }: TrainingPlan,
): Promise<Curve<LossPoint>> {
  const { adam, gradientClip: clip, batchContexts } = context.study.transformer;
  const step = await buildTrainingProgram(gpu, config, parameters, batchContexts, { ...adam, clip });
  const saved = momentTensors(
    [...parameters].map(([name, tensor]) => [name, tensor, step.moments.get(name)!] as const),
  );
  const checkpoints = new Checkpoints<Progressed>(gpu, context, 'model', saved);
  const history = new Curve<LossPoint>();
  const resumed = checkpoints.load()?.state;
  if (resumed !== undefined) history.restore(resumed.history);
  using metrics = new MetricsLog(join(context.folder, 'metrics.jsonl'));
  const speedometer = new Speedometer(gpu);
  const { flops } = step.program.work(0);
  for (let s = resumed?.step ?? 0; s < steps; s++) {
    await checkpoints.keep(s, () => ({ arrays: {}, state: { step: s, history: history.state() } }));
    setBatch(gpu, step.batch, text.readBatch(indices(s)));
    const rate = learningRate(schedule, s);
    await step.program.run({ ...adamScalars(adam, s + 1, rate), ...(clip === null ? {} : { clip: 1 }) });
    if ((s + 1) % LOG_EVERY !== 0 && s + 1 !== steps) continue;
    const [losses, squaredNorms] = await readTensors(gpu, [step.loss, step.squaredGradientNorm]);
    const loss = losses[0]!;
    if (!Number.isFinite(loss)) {
      throw new NonFiniteError(
        `train-model: expected a finite loss, got ${loss} at step ${s + 1} on ${gpu.name}`,
        'lower transformer.learningRate',
      );
    }
    const tokens = (s + 1) * tokensPerStep;
    history.add({ step: s + 1, tokens, loss });
    const speed = speedometer.read(checkpoints.time, LOG_EVERY * tokensPerStep, LOG_EVERY * flops);
    metrics.append({
      step: s + 1,
      tokens,
      loss,
      learningRate: rate,
      gradientNorm: Math.sqrt(squaredNorms[0]!),
      tokensPerSecond: speed.perSecond,
      peakFraction: speed.peakFraction,
    });
    context.progress({ done: tokens, total: steps * tokensPerStep, unit: 'tokens', values: { loss } });
  }
  step.program.destroy();
  return history;
}

/** The contexts that training used, each once. */
function* seenContexts(
  contexts: Contexts,
  { indices, steps }: TrainingPlan,
  batch: number,
  distinct: number,
): Generator<Uint32Array> {
  let given = 0;
  for (let s = 0; s < steps && given < distinct; s++) {
    for (const index of indices(s).slice(0, Math.min(batch, distinct - given))) {
      given += 1;
      yield contexts.read(index);
    }
  }
}

function meanOfLast(values: readonly number[], count: number): number {
  const last = values.slice(-count);
  return last.reduce((sum, value) => sum + value, 0) / last.length;
}
