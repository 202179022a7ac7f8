import {
  adamScalars,
  createTensor,
  DeviceError,
  readTensor,
  readTensors,
  writeTensor,
  type AdamOptions,
  type Gpu,
  type Tensor,
} from '@monosema/engine';
import type { ActivationStream } from '../activations/activation-stream.ts';
import { momentTensors } from '../model/checkpoint.ts';
import { parameterTensors, type Dictionary } from './dictionary.ts';
import { resample } from './resample.ts';
import { buildRowLossProgram, type RowLossProgram } from './row-loss-program.ts';
import {
  buildStepProgram,
  createDictionaryMoments,
  type DictionaryMoments,
  type StepProgram,
} from './step-program.ts';

/** Above this share of active entries the dense path is the faster one on the adapters measured. */
const DENSE_ABOVE = 1 / 8;

export interface TrainingMetrics {
  readonly step: number;
  /** Mean over the batch of |x - x̂|², in the units of training (mean norm √A). */
  readonly reconstruction: number;
  /** Mean over the batch of Σ f. */
  readonly sparsity: number;
  readonly l0: number;
  /** Features that did not fire in the last window. */
  readonly dead: number;
}

export interface TrainingState {
  readonly dead: number;
  readonly l0: number;
  readonly density: number[];
  readonly resamplings: { step: number; features: number }[];
  readonly history: TrainingMetrics[];
}

/** One dictionary in training: its programs, moments and counts. Several train from one stream. */
export class DictionaryTraining {
  readonly id: string;
  readonly dictionary: Dictionary;
  readonly l1Coefficient: number;
  readonly resamples: boolean;
  readonly history: TrainingMetrics[] = [];
  readonly resamplings: { step: number; features: number }[] = [];
  readonly #gpu: Gpu;
  readonly #batch: Tensor;
  readonly #adam: AdamOptions;
  readonly #moments: DictionaryMoments;
  /** (F) u32: rows on which each feature was active since the window began. */
  readonly #fired: Tensor;
  readonly #paths: Partial<Record<'sparse' | 'dense', StepProgram>> = {};
  #rowLosses: RowLossProgram | null = null;
  #last: StepProgram | null = null;
  #l0: number;
  #dead = 0;
  #density: Float32Array;

  /** @param initialDensity share of a batch on which features are active before the first step */
  constructor(
    gpu: Gpu,
    dictionary: Dictionary,
    batch: Tensor,
    options: {
      readonly id: string;
      readonly l1Coefficient: number;
      readonly resample: boolean;
      readonly adam: AdamOptions;
      readonly initialDensity: number;
    },
  ) {
    this.#gpu = gpu;
    const { id } = options;
    this.id = id;
    this.dictionary = dictionary;
    this.l1Coefficient = options.l1Coefficient;
    this.resamples = options.resample;
    this.#batch = batch;
    this.#adam = options.adam;
    this.#moments = createDictionaryMoments(gpu, dictionary);
    this.#fired = createTensor(gpu, `${id} fired`, [dictionary.features], null, 'u32');
    this.#l0 = options.initialDensity * dictionary.features;
    this.#density = new Float32Array(dictionary.features);
  }

  /** (F) share of the last window's vectors on which each feature was active. */
  get density(): Float32Array {
    return this.#density;
  }

  get dead(): number {
    return this.#dead;
  }

  /** Trains on the current batch. @param step counted from 0 */
  async step(step: number, learningRate: number, penalty: number): Promise<void> {
    const path = this.#l0 > DENSE_ABOVE * this.dictionary.features ? 'dense' : 'sparse';
    this.#last = this.#paths[path] ??= await buildStepProgram(
      this.#gpu,
      this.dictionary,
      this.#moments,
      this.#batch,
      { ...this.#adam, architecture: { kind: 'standard' }, path },
      this.#fired,
    );
    await this.#last.program.run({ ...adamScalars(this.#adam, step + 1, learningRate), penalty });
  }

  /** Reads what the last step measured. @throws {DeviceError} if the loss is not finite */
  async measure(step: number): Promise<TrainingMetrics> {
    const last = this.#last!;
    const perRow = this.dictionary.features / this.#batch.shape[0]!;
    const read = await readTensors(this.#gpu, [last.reconstruction, last.meanSumF, last.meanActive]);
    const [reconstruction, meanSumF, meanActive] = read.map(([value]) => value!) as [number, number, number];
    const sparsity = meanSumF * perRow;
    this.#l0 = meanActive * perRow;
    if (!Number.isFinite(reconstruction + sparsity)) {
      throw new DeviceError(
        `train-dictionary ${this.id}: expected a finite loss, got ${reconstruction} at step ${step + 1} on ${this.#gpu.name}; lower dictionaries.learningRate`,
      );
    }
    const metrics = { step: step + 1, reconstruction, sparsity, l0: this.#l0, dead: this.#dead };
    this.history.push(metrics);
    return metrics;
  }

  /** Ends a window of `vectors`: counts dead features and densities and starts counting anew. @returns the dead */
  async closeWindow(vectors: number): Promise<number[]> {
    const fired = await readTensor(this.#gpu, { ...this.#fired, dtype: 'u32' });
    this.#density = Float32Array.from(fired, (count) => count / vectors);
    const dead = Array.from(fired.keys()).filter((feature) => fired[feature] === 0);
    this.#dead = dead.length;
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
      this.resamplings.push({ step, features: 0 });
      return;
    }
    const rows = this.#batch.shape[0]!;
    const batches = Math.max(1, Math.floor(Math.min(sampleVectors, stream.waiting.length) / rows));
    const slots = stream.waiting.slice(0, batches * rows);
    const losses = new Float64Array(slots.length);
    const rowLosses = (this.#rowLosses ??= await buildRowLossProgram(
      this.#gpu,
      this.dictionary,
      this.#batch,
    ));
    for (let start = 0; start < slots.length; start += rows) {
      await stream.load(slots.slice(start, start + rows));
      await rowLosses.program.run({ penalty: 0 });
      const [errors, sums] = await readTensors(this.#gpu, [rowLosses.errors, rowLosses.sums]);
      errors.forEach((error, row) => {
        if (start + row < losses.length) losses[start + row] = error + this.l1Coefficient * sums[row]!;
      });
    }
    const resampled = await resample(
      this.#gpu,
      this.dictionary,
      this.#moments,
      dead,
      losses,
      (index) => stream.vectors([slots[index]!]),
      seed,
    );
    this.resamplings.push({ step, features: resampled.length });
  }

  /** Everything a resumed run needs, by name. */
  tensors(): Map<string, Tensor> {
    const tensors = momentTensors(
      [...parameterTensors(this.dictionary)].map(
        ([name, tensor]) => [`${this.id}.${name}`, tensor, this.#moments.get(name)!] as const,
      ),
    );
    tensors.set(`${this.id}.fired`, this.#fired);
    return tensors;
  }

  state(): TrainingState {
    return {
      dead: this.#dead,
      l0: this.#l0,
      density: [...this.#density],
      resamplings: this.resamplings,
      history: this.history,
    };
  }

  restore(state: TrainingState): void {
    this.#dead = state.dead;
    this.#l0 = state.l0;
    this.#density = Float32Array.from(state.density);
    this.resamplings.push(...state.resamplings);
    this.history.push(...state.history);
  }

  /** Frees the programs; the dictionary stays. */
  close(): void {
    for (const path of Object.values(this.#paths)) path.program.destroy();
    this.#rowLosses?.program.destroy();
  }
}
