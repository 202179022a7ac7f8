import {
  accumulate,
  adam,
  clipGradients,
  copy,
  countIdle,
  createMoments,
  mean,
  ProgramBuilder,
  rowAdam,
  rowGradientSquares,
  squaredGradientNorm,
  whereMarked,
  type AdamOptions,
  type GradientPart,
  type Gpu,
  type Moments,
  type Program,
  type RowRule,
  type Tensor,
  type Value,
} from '@monosema/engine';
import type { Architecture, RecordedStep, TrainingState } from './architectures/architecture.ts';
import { batchBlocks, ENTRIES_AT_ONCE } from './batch-blocks.ts';
import {
  parameterTensors,
  type DictionaryParameters,
  type ParameterName,
  type VectorName,
} from './dictionary.ts';
import { dictionaryValues, type DictionaryValues } from './encode.ts';

/** Adam's moments of every parameter of a dictionary. */
export type DictionaryMoments = ReadonlyMap<ParameterName, Moments>;

export function createDictionaryMoments(gpu: Gpu, dictionary: DictionaryParameters): DictionaryMoments {
  return new Map(
    [...parameterTensors(dictionary)].map(([name, tensor]) => [name, createMoments(gpu, tensor)]),
  );
}

export interface StepOptions {
  readonly architecture: Architecture;
  readonly adam: AdamOptions;
  /**
   * `sparse` costs one dense product and visits active entries only; `dense` is five products, faster while a young
   * dictionary fires everywhere. Both are exact and differ by rounding.
   */
  readonly path: 'sparse' | 'dense';
  /** Times the learning rate is that of thresholds; 1 without it. */
  readonly thresholdFactor?: number;
  /** What the architecture keeps from step to step. */
  readonly state?: TrainingState;
  /** (F) u32 to which each run adds how many rows every feature was active on. */
  readonly fired?: Tensor;
  /** Keeps activations and reconstructions readable, for checks: the batch is then taken whole. */
  readonly keep?: boolean;
  /** Activations (rows times features) of the batch that exist at once; see batchBlocks. */
  readonly entriesAtOnce?: number;
}

/** A number that a step leaves: the tensor (1) times the scale. */
export interface Measured {
  readonly tensor: Tensor;
  readonly scale: number;
}

/** One training step of a dictionary on a batch x (B,A), and what it leaves. */
export interface StepProgram {
  readonly program: Program;
  /** Terms of the loss before the step, without their coefficients: see RecordedStep. */
  readonly terms: Readonly<Record<string, Measured>>;
  readonly l0: Measured;
  /** The squared norm of the whole gradient before it is clipped. */
  readonly squaredGradientNorm: Measured;
  /** Rows that each mask of the program covers, on the average: those of a block. For Program.work. */
  readonly rowsAMask: number;
  /** (B,F) and (B,A), where they were asked for. */
  readonly kept: { readonly f: Tensor; readonly reconstruction: Tensor } | null;
}

/**
 * Records the exact step of an architecture's loss. Where decoder rows are kept at norm 1, the component of their
 * gradient along each row is removed before Adam, and rows are renormalised after it. A batch whose activations are many
 * is taken in blocks of rows, whose gradients are added up before Adam moves anything: memory does not grow with rows
 * times features. Run it with stepScalars.
 */
export async function buildStepProgram(
  gpu: Gpu,
  dictionary: DictionaryParameters,
  moments: DictionaryMoments,
  batch: Tensor,
  options: StepOptions,
): Promise<StepProgram> {
  const { architecture, path, state = {} } = options;
  const p = new ProgramBuilder(gpu, `train-dictionary ${architecture.name} ${path}`);
  const values = dictionaryValues(p, dictionary);
  const x = p.persistent(batch);
  const kept = Object.entries(state as Record<string, Tensor>).map(([name, tensor]) => [
    name,
    p.persistent(tensor),
  ]);
  const [rows] = batch.shape as [number];
  const usual = (architecture.lean && path === 'sparse' ? 2 : 1) * ENTRIES_AT_ONCE;
  const entries = options.keep === true ? Infinity : (options.entriesAtOnce ?? usual);
  const blocks = batchBlocks(rows, dictionary.features, entries);
  const step = architecture.record({
    p,
    x,
    blocks,
    values,
    path,
    state: Object.fromEntries(kept) as object,
  });
  const squares = recordUpdate(p, values, moments, step, options);

  const { f, mask, reconstruction } = step.last;
  const number = (value: Value, scale: number): Measured => ({ tensor: p.output(value), scale });
  const terms = Object.fromEntries(
    Object.entries(step.terms).map(([name, { value, scale }]) => [name, number(value, scale)]),
  );
  const perRow = dictionary.features / rows;
  const l0 = number(mean.forward(p, { x: step.count }, {}).output, perRow);
  if (options.fired !== undefined) accumulate(p, step.count, p.persistent(options.fired));
  if (state.idle !== undefined) countIdle(p, step.count, p.persistent(state.idle), rows);
  return {
    terms,
    l0,
    rowsAMask: rows / blocks.length,
    squaredGradientNorm: number(squares, 1),
    // Copies, because either may be a part of something larger.
    kept:
      options.keep === true
        ? {
            f: p.output(mask === undefined ? copy(p, f) : whereMarked(p, f, mask.rows)),
            reconstruction: p.output(copy(p, reconstruction)),
          }
        : null,
    program: await p.build(),
  };
}

/** Records Adam on every parameter. @returns (1) the squared norm of the whole gradient */
function recordUpdate(
  p: ProgramBuilder,
  values: DictionaryValues,
  moments: DictionaryMoments,
  step: RecordedStep,
  { architecture, adam: options, thresholdFactor = 1 }: StepOptions,
): Value {
  const unit = architecture.rows === 'unit';
  const matrices = ['encoder', 'decoder'] as const;
  const ruleOf = (name: (typeof matrices)[number]): RowRule =>
    name === 'encoder' ? { along: null, unit: false } : { along: step.along(), unit };
  const plain = [
    ['decoderBias', values.decoderBias, step.decoderBias],
    ...Object.entries(step.vectors).map(
      ([name, gradient]) => [name, values.vectors[name as VectorName]!, gradient] as const,
    ),
  ] as const;
  const vectors = plain.map(([, , value]): GradientPart => ({ value, squared: false }));

  const clip = architecture.clip === null ? null : p.scalar('clip');
  let total: Value | null = null;
  if (clip !== null) {
    const squares = matrices.map((name): GradientPart => ({
      value: rowGradientSquares(p, values[name], step[name], moments.get(name)!, options, ruleOf(name)),
      squared: true,
    }));
    total = squaredGradientNorm(p, [...squares, ...vectors]);
    clipGradients(p, total, architecture.clip!, clip);
  }
  const squares = matrices.map((name): GradientPart => ({
    value: rowAdam(p, values[name], step[name], moments.get(name)!, options, ruleOf(name), clip),
    squared: true,
  }));
  for (const [name, parameter, gradient] of plain) {
    const factor = name === 'threshold' ? thresholdFactor : 1;
    adam(p, parameter, gradient, moments.get(name as ParameterName)!, options, clip, factor);
  }
  return total ?? squaredGradientNorm(p, [...squares, ...vectors]);
}

/** What a step is run with beside Adam's scalars. */
export interface StepScalars {
  /** λ of the sum convention; for architectures with a penalty. */
  readonly penalty: number;
  /** What thresholds are moved by for each active feature, for architectures that are steered; 0 without it. */
  readonly steer?: number;
  /** Number of the step, counted from 1. */
  readonly step: number;
  /** Steps of the whole run; without it, the running threshold forgets as in a long one. */
  readonly steps?: number;
}

/** Share of a batch's threshold in the running one, once its mean is long enough; in a short run ... */
const THRESHOLD_RATE = 0.01;
/** ... more, so that its mean is over a twentieth of the steps: of earlier ones the threshold was another. */
const THRESHOLD_SPAN = 20;

/** The scalars of an architecture's step program, Adam's aside. */
export function stepScalars(
  { penalised, steered, keeps, clip }: Architecture,
  { penalty, steer = 0, step, steps }: StepScalars,
): Record<string, number> {
  const rate = Math.max(THRESHOLD_RATE, steps === undefined ? 0 : THRESHOLD_SPAN / steps);
  return {
    ...(penalised ? { penalty } : {}),
    ...(steered ? { steer } : {}),
    // At first a plain mean, so that the start weighs no more than any other step.
    ...(keeps.includes('threshold') ? { thresholdRate: Math.min(1, Math.max(rate, 1 / step)) } : {}),
    ...(clip === null ? {} : { clip: 1 }),
  };
}
