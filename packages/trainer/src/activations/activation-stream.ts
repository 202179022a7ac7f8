import {
  copyRows,
  createTensor,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { uniforms } from '../random/seeded.ts';
import { ActivationError } from './activation-error.ts';
import type { ActivationSource, OpenSource } from './activation-source.ts';

export interface StreamOptions {
  readonly bufferVectors: number;
  /** B: vectors a batch. */
  readonly batch: number;
  readonly seed: number;
}

/** What a resumed stream needs beside its buffer. */
export interface StreamState {
  readonly ready: number[];
  readonly free: number[];
  /** Vectors that the source has given. */
  readonly given: number;
  readonly refills: number;
  readonly scale: number;
}

/** Vectors whose mean norm decides the scale. */
const SCALE_SAMPLE = 4096;

/**
 * Batches of activations for training, on the device and shuffled. Vectors of a source go into a buffer that is refilled
 * and shuffled when half of it has been used, so a batch mixes what came together; no vector is given twice. Vectors are
 * scaled so that their mean norm is √A.
 */
export class ActivationStream {
  /** (B,A) the current batch. */
  readonly batch: Tensor;
  /** (S,A) the shuffle buffer. */
  readonly buffer: Tensor;
  readonly #gpu: Gpu;
  readonly #options: StreamOptions;
  readonly #source: ActivationSource;
  readonly #take: { program: Program; places: Tensor };
  #ready: number[] = [];
  #free: number[];
  #refills = 0;
  #scale = 1;

  private constructor(
    gpu: Gpu,
    options: StreamOptions,
    source: ActivationSource,
    tensors: { buffer: Tensor; batch: Tensor },
    take: { program: Program; places: Tensor },
  ) {
    this.#gpu = gpu;
    this.#options = options;
    this.#source = source;
    this.buffer = tensors.buffer;
    this.batch = tensors.batch;
    this.#take = take;
    this.#free = Array.from({ length: options.bufferVectors }, (_, slot) => slot);
  }

  /** @param width A */
  static async open(
    gpu: Gpu,
    width: number,
    options: StreamOptions,
    openSource: OpenSource,
  ): Promise<ActivationStream> {
    const buffer = createTensor(gpu, 'shuffle buffer', [options.bufferVectors, width]);
    const batch = createTensor(gpu, 'activations', [options.batch, width]);
    const places = createTensor(gpu, 'batch places', [options.batch, 2], null, 'u32');
    const source = await openSource(buffer);
    const p = new ProgramBuilder(gpu, 'shuffled batch');
    copyRows(p, p.persistent(buffer), p.persistent(places), p.persistent(batch));
    const take = { program: await p.build(), places };
    return new ActivationStream(gpu, options, source, { buffer, batch }, take);
  }

  /** Most vectors that can be given without repeating one. */
  get capacity(): number {
    return this.#source.capacity;
  }

  /** Factor that activations are multiplied by; known after the first batch. */
  get scale(): number {
    return this.#scale;
  }

  /** Slots of the buffer that hold vectors not yet given. */
  get waiting(): readonly number[] {
    return this.#ready;
  }

  /** Puts the next batch into `batch`. */
  async next(): Promise<void> {
    const { batch, bufferVectors } = this.#options;
    await this.prepare();
    if (this.#ready.length < Math.max(bufferVectors / 2, batch)) await this.#refill();
    if (this.#ready.length < batch)
      throw new Error(`internal: a batch of ${batch} where ${this.#ready.length} vectors are left`);
    const slots = this.#ready.splice(this.#ready.length - batch, batch);
    this.#free.push(...slots);
    await this.load(slots);
  }

  /** Puts vectors of the buffer into the first rows of `batch`, without using them up. */
  async load(slots: readonly number[]): Promise<void> {
    writeTensor(this.#gpu, this.#take.places, Uint32Array.from(slots.flatMap((slot, row) => [slot, row])));
    await this.#take.program.run({ rows: slots.length, scale: this.#scale });
  }

  /** Vectors of the buffer (slots,A), scaled, on the host; `batch` is overwritten. */
  async vectors(slots: readonly number[]): Promise<Float32Array> {
    const [rows, width] = this.batch.shape as [number, number];
    const vectors = new Float32Array(slots.length * width);
    for (let start = 0; start < slots.length; start += rows) {
      const part = slots.slice(start, start + rows);
      await this.load(part);
      vectors.set(await readTensor(this.#gpu, this.batch, 0, part.length * width), start * width);
    }
    return vectors;
  }

  /** `count` slots of waiting vectors, drawn by the seed; a slot comes again only when all have come. */
  draw(count: number, seed: number): number[] {
    const slots = [...this.#ready];
    const uniform = uniforms(seed);
    return Array.from({ length: count }, (_, i) => {
      const from = i % slots.length;
      const to = from + Math.floor(uniform() * (slots.length - from));
      [slots[from], slots[to]] = [slots[to]!, slots[from]!];
      return slots[from]!;
    });
  }

  state(): StreamState {
    return {
      ready: this.#ready,
      free: this.#free,
      given: this.#source.given,
      refills: this.#refills,
      scale: this.#scale,
    };
  }

  restore(state: StreamState): void {
    this.#ready = [...state.ready];
    this.#free = [...state.free];
    this.#source.seek(state.given);
    this.#refills = state.refills;
    this.#scale = state.scale;
  }

  /** Frees the programs; the buffer and the batch go with them. */
  close(): void {
    this.#source.close();
    this.#take.program.destroy();
    for (const tensor of [this.buffer, this.batch, this.#take.places]) tensor.buffer.destroy();
  }

  async #refill(): Promise<void> {
    const { rows } = this.#source;
    while (this.#free.length >= rows) {
      const slots = this.#free.splice(0, rows);
      const came = await this.#source.fill(slots);
      this.#ready.push(...slots.slice(0, came));
      this.#free.push(...slots.slice(came));
      if (came < rows) break;
    }
    this.#shuffle();
    this.#refills += 1;
  }

  #shuffle(): void {
    const uniform = uniforms(this.#options.seed, this.#refills);
    for (let i = this.#ready.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [this.#ready[i], this.#ready[j]] = [this.#ready[j]!, this.#ready[i]!];
    }
  }

  /** Fills the buffer and measures the scale, once. @throws {ActivationError} if all vectors are zero, or not finite */
  async prepare(): Promise<void> {
    if (this.#source.given > 0) return;
    await this.#refill();
    const width = this.buffer.shape[1]!;
    const rows = Math.min(SCALE_SAMPLE, this.#ready.length);
    const sample = await readTensor(this.#gpu, this.buffer, 0, rows * width);
    let norms = 0;
    for (let row = 0; row < rows; row++) {
      norms += Math.sqrt(
        sample.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value * value, 0),
      );
    }
    // Neurons that are all dead would be scaled by infinity.
    if (!(norms > 0 && norms < Infinity))
      throw new ActivationError(
        `dictionaries: expected activations with a mean norm above 0, got ${norms / rows} over ${rows} vectors; train the model longer or wider, or choose another dictionaries.site or dictionaries.layer`,
      );
    this.#scale = Math.sqrt(width) / (norms / rows);
  }
}
