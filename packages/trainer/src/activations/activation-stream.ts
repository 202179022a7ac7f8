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
import { createBatch, setBatch, type BatchTensors, type Parameters } from '../model/training-program.ts';
import { siteWidth, type Site } from '../model/sites.ts';
import { forwardTo } from '../model/transformer.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { uniforms } from '../random/seeded.ts';
import { contextOrder, type Contexts } from '../tokens/contexts.ts';
import { positionsOf } from './positions.ts';

export interface StreamOptions {
  readonly site: Site;
  /** K: positions taken of each context at a time. */
  readonly positionsPerContext: number;
  readonly bufferVectors: number;
  /** B: vectors a batch. */
  readonly batch: number;
  readonly seed: number;
}

/** What a resumed stream needs beside its buffer. */
export interface StreamState {
  readonly ready: number[];
  readonly free: number[];
  readonly contextsRead: number;
  readonly refills: number;
  readonly scale: number;
}

/** Contexts a forward pass takes at once, where the buffer has room for their vectors beside a batch. */
const FORWARD_CONTEXTS = 16;
/** Vectors whose mean norm decides the scale. */
const SCALE_SAMPLE = 4096;

/**
 * Streams the activations of a model at one site, on the device and without a file. Random positions of shuffled contexts go
 * into a buffer that is refilled and shuffled when half of it has been used, so a batch mixes contexts; no vector
 * is given twice. Vectors are scaled so that their mean norm is √A.
 */
export class ActivationStream {
  /** (B,A) the current batch. */
  readonly batch: Tensor;
  /** (S,A) the shuffle buffer. */
  readonly buffer: Tensor;
  /** Most vectors that can be given without repeating one. */
  readonly capacity: number;
  readonly #gpu: Gpu;
  readonly #contexts: Contexts;
  readonly #options: StreamOptions;
  readonly #tokens: BatchTensors;
  readonly #fill: { program: Program; places: Tensor };
  readonly #take: { program: Program; places: Tensor };
  #ready: number[] = [];
  #free: number[];
  #contextsRead = 0;
  #refills = 0;
  #scale = 1;
  #epochOrder: { epoch: number; order: (place: number) => number } | null = null;

  private constructor(
    gpu: Gpu,
    contexts: Contexts,
    options: StreamOptions,
    tokens: BatchTensors,
    tensors: { buffer: Tensor; batch: Tensor },
    fill: { program: Program; places: Tensor },
    take: { program: Program; places: Tensor },
  ) {
    this.#gpu = gpu;
    this.#contexts = contexts;
    this.#options = options;
    this.#tokens = tokens;
    this.buffer = tensors.buffer;
    this.batch = tensors.batch;
    this.#fill = fill;
    this.#take = take;
    this.#free = Array.from({ length: options.bufferVectors }, (_, slot) => slot);
    this.capacity =
      contexts.count *
      Math.floor(contexts.length / options.positionsPerContext) *
      options.positionsPerContext;
  }

  /** @throws {RangeError} if the buffer has no room for a batch and the vectors of one context */
  static async open(
    gpu: Gpu,
    config: TransformerConfig,
    parameters: Parameters,
    contexts: Contexts,
    options: StreamOptions,
  ): Promise<ActivationStream> {
    const { bufferVectors, positionsPerContext } = options;
    const room = Math.floor((bufferVectors - options.batch) / positionsPerContext);
    if (room < 1) {
      throw new RangeError(
        `train-dictionary: expected dictionaries.bufferVectors of at least batch + positionsPerContext = ${options.batch + positionsPerContext}, got ${bufferVectors}; raise it`,
      );
    }
    const forwardContexts = Math.min(FORWARD_CONTEXTS, room);
    const width = siteWidth(config, options.site);
    const tokens = createBatch(gpu, forwardContexts, contexts.length, config.vocabulary);
    const buffer = createTensor(gpu, 'shuffle buffer', [bufferVectors, width]);
    const batch = createTensor(gpu, 'activations', [options.batch, width]);
    const fillPlaces = createTensor(
      gpu,
      'fill places',
      [forwardContexts * positionsPerContext, 2],
      null,
      'u32',
    );
    const takePlaces = createTensor(gpu, 'batch places', [options.batch, 2], null, 'u32');

    const fill = new ProgramBuilder(gpu, 'activations');
    const values = new Map([...parameters].map(([name, tensor]) => [name, fill.persistent(tensor)]));
    const batchTokens = {
      tokens: fill.persistent(tokens.tokens),
      order: null,
      starts: null,
      context: contexts.length,
    };
    const { activations } = forwardTo(fill, values, batchTokens, config, options.site);
    copyRows(fill, activations, fill.persistent(fillPlaces), fill.persistent(buffer));

    const take = new ProgramBuilder(gpu, 'shuffled batch');
    copyRows(take, take.persistent(buffer), take.persistent(takePlaces), take.persistent(batch));
    return new ActivationStream(
      gpu,
      contexts,
      options,
      tokens,
      { buffer, batch },
      { program: await fill.build(), places: fillPlaces },
      { program: await take.build(), places: takePlaces },
    );
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
      contextsRead: this.#contextsRead,
      refills: this.#refills,
      scale: this.#scale,
    };
  }

  restore(state: StreamState): void {
    this.#ready = [...state.ready];
    this.#free = [...state.free];
    this.#contextsRead = state.contextsRead;
    this.#refills = state.refills;
    this.#scale = state.scale;
  }

  /** Frees the programs; the buffer and the batch go with them. */
  close(): void {
    this.#fill.program.destroy();
    this.#take.program.destroy();
    for (const tensor of [this.buffer, this.batch, this.#fill.places, this.#take.places])
      tensor.buffer.destroy();
  }

  async #refill(): Promise<void> {
    const { positionsPerContext } = this.#options;
    const perForward = this.#fill.places.shape[0]!;
    const contexts = perForward / positionsPerContext;
    while (this.#free.length >= perForward) {
      const slots = this.#free.splice(0, perForward);
      const read = Array.from({ length: contexts }, (_, i) => this.#placeOf(this.#contextsRead + i));
      setBatch(this.#gpu, this.#tokens, this.#contexts.readBatch(read.map(({ context }) => context)));
      const places = new Uint32Array(perForward * 2);
      read.forEach(({ context, epoch }, row) => {
        const positions = positionsOf(this.#contexts.length, this.#options.seed, context).subarray(
          epoch * positionsPerContext,
        );
        for (let k = 0; k < positionsPerContext; k++) {
          const i = row * positionsPerContext + k;
          places[2 * i] = row * this.#contexts.length + positions[k]!;
          places[2 * i + 1] = slots[i]!;
        }
      });
      writeTensor(this.#gpu, this.#fill.places, places);
      await this.#fill.program.run({ rows: perForward, scale: 1 });
      this.#contextsRead += contexts;
      this.#ready.push(...slots);
    }
    this.#shuffle();
    this.#refills += 1;
  }

  /** The context at a place of the endless sequence of epochs; each epoch takes other positions of the same contexts. */
  #placeOf(place: number): { context: number; epoch: number } {
    const { count } = this.#contexts;
    const epoch = Math.floor(place / count);
    if (this.#epochOrder?.epoch !== epoch)
      this.#epochOrder = { epoch, order: contextOrder(count, this.#options.seed, epoch) };
    return { context: this.#epochOrder.order(place % count), epoch };
  }

  #shuffle(): void {
    const uniform = uniforms(this.#options.seed, this.#refills);
    for (let i = this.#ready.length - 1; i > 0; i--) {
      const j = Math.floor(uniform() * (i + 1));
      [this.#ready[i], this.#ready[j]] = [this.#ready[j]!, this.#ready[i]!];
    }
  }

  /** Fills the buffer and measures the scale, once. */
  async prepare(): Promise<void> {
    if (this.#contextsRead > 0) return;
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
    this.#scale = Math.sqrt(width) / (norms / rows);
  }
}
