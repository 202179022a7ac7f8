import {
  adamScalars,
  createTensor,
  NonFiniteError,
  readTensor,
  readTensors,
  writeTensor,
  type AdamOptions,
  type Gpu,
  type Tensor,
} from '@monosema/engine';
import type { ActivationStream } from '../activations/activation-stream.ts';
import { Curve, type CurveState } from '../artefacts/curve.ts';
import { momentTensors } from '../model/checkpoint.ts';
import type { Architecture, TrainingState as KeptTensors } from './architectures/architecture.ts';
import { densityHistogram, ULTRALOW, type DensityHistogram } from './density-histogram.ts';
import { parameterTensors, type Dictionary, type DictionaryParameters } from './dictionary.ts';
import {
  controlLambda,
  readingInterval,
  startLambda,
  type LambdaRule,
  type LambdaState,
  type Reading,
} from './lambda-control.ts';
import { resample } from './resample.ts';
import { buildRowLossProgram, type RowLossProgram } from './row-loss-program.ts';
import {
  buildStepProgram,
  createDictionaryMoments,
  stepScalars,
  type DictionaryMoments,
  type StepProgram,
} from './step-program.ts';
import type { ValidationMetrics } from './validation.ts';

/** Above this share of active entries the dense path is the faster one on the adapters measured. */
const DENSE_ABOVE = 1 / 8;

export interface TrainingMetrics {
  readonly step: number;
  /** Mean over the batch of |x - x̂|², in the units of training (mean norm √A). */
  readonly reconstruction: number;
  /** Mean over the batch of what lambda multiplies; 0 for architectures without a penalty. */
  readonly sparsity: number;
  /** Mean over the batch of an auxiliary reconstruction's error; 0 where there is none. */
  readonly auxiliary: number;
  /** The whole loss, coefficients included. */
  readonly loss: number;
  readonly l0: number;
  /** 1 - reconstruction / variance of the activations; null where their variance was not given. */
  readonly explainedVariance: number | null;
  /** Features that did not fire in the last window. */
  readonly dead: number;
  /** Norm of the whole gradient, before it is clipped. */
  readonly gradientNorm: number;
  /** What the sparsity term was multiplied by; 0 without one. */
  readonly lambda: number;
}

/** How often features were active in a window of training. */
export interface WindowMetrics {
  /** Steps done when it ended. */
  readonly step: number;
  readonly vectors: number;
  /** Features that never fired in it, and the others. */
  readonly dead: number;
  readonly live: number;
  /** Live features of a density below one in a million; null where the window is too short to tell. */
  readonly ultralow: number | null;
  readonly density: DensityHistogram;
}

/** Dead features that were given new directions. */
export interface Resampling {
  readonly step: number;
  /** How many, and which. */
  readonly features: number;
  readonly which: readonly number[];
}

export interface TrainingState {
  readonly dead: number;
  readonly l0: number;
  readonly lambda: LambdaState;
  readonly flops: number;
  readonly unread: number;
  readonly resamplings: readonly Resampling[];
  readonly history: CurveState<TrainingMetrics>;
  readonly windows: CurveState<WindowMetrics>;
  readonly validations: CurveState<ValidationMetrics>;
}

export interface TrainingOptions {
  readonly id: string;
  readonly architecture: Architecture;
  readonly adam: AdamOptions;
  readonly lambda: LambdaRule;
  readonly resample: boolean;
  /** Vectors without firing after which a feature is dead. */
  readonly deadAfter: number;
  /** Share of a batch on which features are active before the first step. */
  readonly initialDensity: number;
  /** Mean of |x - mean|² of the activations as training sees them. */
  readonly variance?: number;
  /** Steps of the whole run. */
  readonly steps?: number;
  /** Times the learning rate is that of thresholds; 1 without it. */
  readonly thresholdFactor?: number;
}

/** One dictionary in training: its programs, moments and counts. Several train from one stream. */
export class DictionaryTraining {
  readonly id: string;
  readonly architecture: Architecture;
  readonly parameters: DictionaryParameters;
  readonly resamples: boolean;
  readonly resamplings: Resampling[] = [];
  readonly windows = new Curve<WindowMetrics>();
  readonly validations = new Curve<ValidationMetrics>();
  readonly #history = new Curve<TrainingMetrics>();
  readonly #gpu: Gpu;
  readonly #batch: Tensor;
  readonly #options: TrainingOptions;
  readonly #moments: DictionaryMoments;
  readonly #kept: KeptTensors;
  /** (F) u32: rows on which each feature was active since the window began. */
  readonly #fired: Tensor;
  readonly #paths: Partial<Record<'sparse' | 'dense', StepProgram>> = {};
  #rowLosses: RowLossProgram | null = null;
  #last: StepProgram | null = null;
  #lambda: LambdaState;
  /** What the last step multiplied its sparsity term by. */
  #penalty = 0;
  #l0: number;
  #dead = 0;
  #density: Float32Array;
  /** Of the steps so far. */
  #flops = 0;
  /** Steps since the last reading. */
  #unread = 0;
  /** (F) at rest, of those that keep a running one. */
  #threshold: Tensor | null = null;

  constructor(gpu: Gpu, parameters: DictionaryParameters, batch: Tensor, options: TrainingOptions) {
    const { id, architecture } = options;
    const { features } = parameters;
    this.#gpu = gpu;
    this.id = id;
    this.architecture = architecture;
    this.parameters = parameters;
    this.resamples = options.resample;
    this.#batch = batch;
    this.#options = options;
    this.#moments = createDictionaryMoments(gpu, parameters);
    this.#kept = {
      ...(architecture.keeps.includes('idle')
        ? { idle: createTensor(gpu, `${id} idle`, [features], null, 'u32') }
        : {}),
      ...(architecture.keeps.includes('threshold')
        ? { threshold: createTensor(gpu, `${id} running threshold`, [1]) }
        : {}),
    };
    this.#fired = createTensor(gpu, `${id} fired`, [features], null, 'u32');
    this.#lambda = startLambda(options.lambda);
    this.#l0 = options.initialDensity * features;
    this.#density = new Float32Array(features);
  }

  /** (F) share of the last window's vectors on which each feature was active. */
  get density(): Float32Array {
    return this.#density;
  }

  get dead(): number {
    return this.#dead;
  }

  /** Readings of the losses, thinned out where they were many. */
  get history(): readonly TrainingMetrics[] {
    return this.#history.points;
  }

  /** What the mathematics of the steps up to the last reading took, at the L0 that was read. */
  get flops(): number {
    return this.#flops;
  }

  /** Lambda as it stands, warmed up; where it swings about a level to hold a target, that level. */
  get lambda(): number {
    return this.#options.lambda.kind === 'descent' ? this.#lambda.level : this.#lambda.lambda;
  }

  /**
   * Trains on the current batch.
   *
   * @param step counted from 0
   * @param warmth what lambda is multiplied by: below 1 while it warms up
   */
  async step(step: number, learningRate: number, warmth: number): Promise<void> {
    const { adam, architecture, steps, thresholdFactor = 1 } = this.#options;
    const crowded = this.#l0 > DENSE_ABOVE * this.parameters.features;
    const path = architecture.dense && crowded ? 'dense' : 'sparse';
    this.#last = this.#paths[path] ??= await buildStepProgram(
      this.#gpu,
      this.parameters,
      this.#moments,
      this.#batch,
      { adam, architecture, path, thresholdFactor, state: this.#kept, fired: this.#fired },
    );
    this.#penalty = architecture.penalised ? this.#lambda.lambda * warmth : 0;
    await this.#last.program.run({
      ...adamScalars(adam, step + 1, learningRate),
      ...stepScalars(architecture, {
        penalty: this.#penalty,
        steer: this.#lambda.steer,
        step: step + 1,
        ...(steps && { steps }),
      }),
    });
    this.#unread += 1;
  }

  /** Reads what the last step measured. @throws {NonFiniteError} if the loss is not finite */
  async measure(step: number): Promise<TrainingMetrics> {
    const last = this.#last!;
    const names = Object.keys(last.terms);
    const measured = [...names.map((name) => last.terms[name]!), last.l0, last.squaredGradientNorm];
    const read = await readTensors(
      this.#gpu,
      measured.map(({ tensor }) => tensor),
    );
    const numbers = read.map(([value], i) => value! * measured[i]!.scale);
    const [l0, squaredNorm] = numbers.slice(-2) as [number, number];
    const terms = Object.fromEntries(names.map((name, i) => [name, numbers[i]!]));
    // AuxK has nothing to say where no feature is dead.
    if (this.#kept.idle !== undefined && (await this.#idleFeatures()) === 0) terms['auxiliary'] = 0;
    this.#l0 = l0;
    this.#flops += this.#unread * last.program.work(l0 * last.rowsAMask).flops;
    this.#unread = 0;
    const { variance } = this.#options;
    const gradientNorm = Math.sqrt(squaredNorm);
    const coefficients = this.architecture.coefficients(this.#penalty);
    const loss = names.reduce((sum, name) => sum + (coefficients[name] ?? 0) * terms[name]!, 0);
    if (!Number.isFinite(loss + gradientNorm)) {
      throw new NonFiniteError(
        `train-dictionary ${this.id}: expected a finite loss, got ${loss} at step ${step + 1} on ${this.#gpu.name}`,
        'lower dictionaries.learningRate',
      );
    }
    const metrics: TrainingMetrics = {
      step: step + 1,
      reconstruction: terms['reconstruction']!,
      sparsity: terms['sparsity'] ?? 0,
      auxiliary: terms['auxiliary'] ?? 0,
      loss,
      l0: this.#l0,
      explainedVariance: variance === undefined ? null : 1 - terms['reconstruction']! / variance,
      dead: this.#dead,
      gradientNorm,
      lambda: this.#penalty,
    };
    this.#history.add(metrics);
    return metrics;
  }

  /** Steps of a run between two calls of control; infinite where lambda is given. */
  controlEvery(steps: number): number {
    return readingInterval(this.#options.lambda, steps);
  }

  /** Moves lambda by what the last step measured, so that L0 goes to its target. */
  async control(at: Omit<Reading, 'l0' | 'balance'>): Promise<void> {
    const { l0, terms } = this.#last!;
    const measured = [l0, terms['reconstruction']!, terms['sparsity']!];
    const read = await readTensors(
      this.#gpu,
      measured.map(({ tensor }) => tensor),
    );
    const [active, reconstruction, sparsity] = read.map(([value], i) => value! * measured[i]!.scale);
    const reading = { ...at, l0: active!, balance: reconstruction! / sparsity! };
    this.#lambda = controlLambda(this.#options.lambda, this.#lambda, reading);
  }

  async #idleFeatures(): Promise<number> {
    const idle = await readTensor(this.#gpu, { ...this.#kept.idle!, dtype: 'u32' });
    return idle.reduce((count, rows) => count + (rows >= this.#options.deadAfter ? 1 : 0), 0);
  }

  /**
   * Ends a window of `vectors`: counts dead features and densities and starts counting anew.
   *
   * @param step how many steps are done
   * @returns the dead
   */
  async closeWindow(step: number, vectors: number): Promise<number[]> {
    const fired = await readTensor(this.#gpu, { ...this.#fired, dtype: 'u32' });
    this.#density = Float32Array.from(fired, (count) => count / vectors);
    const dead = Array.from(fired.keys()).filter((feature) => fired[feature] === 0);
    this.#dead = dead.length;
    const rare = this.#density.reduce((count, share) => count + (share > 0 && share < ULTRALOW ? 1 : 0), 0);
    this.windows.add({
      step,
      vectors,
      dead: dead.length,
      live: fired.length - dead.length,
      // Once in fewer vectors is more than one in a million already.
      ultralow: vectors <= 1 / ULTRALOW ? null : rare,
      density: densityHistogram(this.#density, vectors),
    });
    writeTensor(this.#gpu, this.#fired, new Uint32Array(fired.length));
    return dead;
  }

  /** Resamples dead features from vectors that wait in the stream's buffer. */
  async resample(
    step: number,
    dead: readonly number[],
    stream: ActivationStream,
    sampleVectors: number,
    seed: number,
  ): Promise<void> {
    if (dead.length === 0) {
      this.resamplings.push({ step, features: 0, which: [] });
      return;
    }
    const rows = this.#batch.shape[0]!;
    const batches = Math.max(1, Math.floor(Math.min(sampleVectors, stream.waiting.length) / rows));
    const slots = stream.waiting.slice(0, batches * rows);
    const losses = new Float64Array(slots.length);
    const { rule } = this.architecture;
    const rowLosses = (this.#rowLosses ??= await buildRowLossProgram(
      this.#gpu,
      { ...this.parameters, rule },
      this.#batch,
    ));
    for (let start = 0; start < slots.length; start += rows) {
      await stream.load(slots.slice(start, start + rows));
      await rowLosses.program.run();
      const [errors, sums] = await readTensors(this.#gpu, [rowLosses.errors, rowLosses.sums]);
      errors.forEach((error, row) => {
        if (start + row < losses.length) losses[start + row] = error + this.lambda * sums[row]!;
      });
    }
    const resampled = await resample(
      this.#gpu,
      this.parameters,
      this.#moments,
      dead,
      losses,
      (index) => stream.vectors([slots[index]!]),
      seed,
    );
    this.resamplings.push({ step, features: resampled.length, which: resampled });
  }

  /**
   * The dictionary as it encodes from now on. One that chose over a whole batch becomes a JumpReLU with the running
   * threshold for every feature.
   */
  async atRest(): Promise<Dictionary> {
    const { rule } = this.architecture;
    if (this.#kept.threshold === undefined) return { ...this.parameters, rule };
    const { features, vectors } = this.parameters;
    const running = (await readTensor(this.#gpu, this.#kept.threshold))[0]!;
    const threshold = (this.#threshold ??= createTensor(this.#gpu, `${this.id} threshold`, [features]));
    writeTensor(this.#gpu, threshold, new Float32Array(features).fill(running));
    return { ...this.parameters, rule, vectors: { ...vectors, threshold } };
  }

  /** Everything a resumed run needs, by name. */
  tensors(): Map<string, Tensor> {
    const tensors = momentTensors(
      [...parameterTensors(this.parameters)].map(
        ([name, tensor]) => [`${this.id}.${name}`, tensor, this.#moments.get(name)!] as const,
      ),
    );
    tensors.set(`${this.id}.fired`, this.#fired);
    for (const [name, tensor] of Object.entries(this.#kept as Record<string, Tensor>))
      tensors.set(`${this.id}.${name} kept`, tensor);
    return tensors;
  }

  state(): TrainingState {
    return {
      dead: this.#dead,
      l0: this.#l0,
      lambda: this.#lambda,
      flops: this.#flops,
      unread: this.#unread,
      resamplings: this.resamplings,
      history: this.#history.state(),
      windows: this.windows.state(),
      validations: this.validations.state(),
    };
  }

  /** @param density (F) as of the last window */
  restore(state: TrainingState, density: Float32Array): void {
    this.#dead = state.dead;
    this.#l0 = state.l0;
    this.#lambda = state.lambda;
    this.#density = density;
    this.#flops = state.flops;
    this.#unread = state.unread;
    this.resamplings.push(...state.resamplings);
    this.#history.restore(state.history);
    this.windows.restore(state.windows);
    this.validations.restore(state.validations);
  }

  /** Frees the programs; the dictionary stays. */
  close(): void {
    for (const path of Object.values(this.#paths)) path.program.destroy();
    this.#rowLosses?.program.destroy();
  }
}
