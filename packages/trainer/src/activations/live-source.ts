import {
  copyRows,
  createTensor,
  ProgramBuilder,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import type { TransformerConfig } from '../model/parameters.ts';
import type { Site } from '../model/sites.ts';
import { createBatch, setBatch, type BatchTensors, type Parameters } from '../model/training-program.ts';
import { forwardTo } from '../model/transformer.ts';
import { contextOrder, type Contexts } from '../tokens/contexts.ts';
import type { ActivationSource } from './activation-source.ts';
import { positionsOf } from './positions.ts';
import { vectorsOf } from './text-for-vectors.ts';

export interface LiveSourceOptions {
  readonly site: Site;
  /** K: positions taken of each context at a time. */
  readonly positionsPerContext: number;
  /** Contexts a forward pass takes at once. */
  readonly contextsPerPass: number;
  readonly seed: number;
}

/**
 * Activations of a model at one site, computed as they are asked for and never on disk: K random positions of each of
 * some contexts in a shuffled order. Once all contexts were read, each gives K other positions, until it has no more.
 */
export class LiveSource implements ActivationSource {
  readonly capacity: number;
  readonly rows: number;
  readonly #gpu: Gpu;
  readonly #contexts: Contexts;
  readonly #options: LiveSourceOptions;
  readonly #tokens: BatchTensors;
  readonly #places: Tensor;
  readonly #program: Program;
  /** Places in the token stream of the vectors that came last. */
  readonly #tokensOf: Float64Array;
  #contextsRead = 0;
  #epochOrder: { epoch: number; order: (place: number) => number } | null = null;

  private constructor(
    gpu: Gpu,
    contexts: Contexts,
    options: LiveSourceOptions,
    tokens: BatchTensors,
    places: Tensor,
    program: Program,
  ) {
    this.#gpu = gpu;
    this.#contexts = contexts;
    this.#options = options;
    this.#tokens = tokens;
    this.#places = places;
    this.#program = program;
    const { positionsPerContext, contextsPerPass } = options;
    this.rows = contextsPerPass * positionsPerContext;
    this.#tokensOf = new Float64Array(this.rows);
    this.capacity = vectorsOf(contexts.count, contexts.length, positionsPerContext);
  }

  /** @param buffer (S,A) */
  static async open(
    gpu: Gpu,
    config: TransformerConfig,
    parameters: Parameters,
    contexts: Contexts,
    options: LiveSourceOptions,
    buffer: Tensor,
  ): Promise<LiveSource> {
    const { site, positionsPerContext, contextsPerPass } = options;
    const tokens = createBatch(gpu, contextsPerPass, contexts.length, config.vocabulary);
    const rows = contextsPerPass * positionsPerContext;
    const places = createTensor(gpu, 'fill places', [rows, 2], null, 'u32');
    const p = new ProgramBuilder(gpu, 'activations');
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const batch = {
      tokens: p.persistent(tokens.tokens),
      order: null,
      starts: null,
      context: contexts.length,
    };
    const { activations } = forwardTo(p, values, batch, config, site);
    copyRows(p, activations, p.persistent(places), p.persistent(buffer));
    return new LiveSource(gpu, contexts, options, tokens, places, await p.build());
  }

  get given(): number {
    return this.#contextsRead * this.#options.positionsPerContext;
  }

  seek(given: number): void {
    this.#contextsRead = given / this.#options.positionsPerContext;
  }

  /** Where in the token stream each of the vectors that came last was. */
  get tokens(): Float64Array {
    return this.#tokensOf;
  }

  async fill(slots: readonly number[]): Promise<number> {
    const { positionsPerContext: K, contextsPerPass, seed } = this.#options;
    const { length } = this.#contexts;
    if (this.given + this.rows > this.capacity) return 0;
    const read = Array.from({ length: contextsPerPass }, (_, i) => this.#placeOf(this.#contextsRead + i));
    setBatch(this.#gpu, this.#tokens, this.#contexts.readBatch(read.map(({ context }) => context)));
    const places = new Uint32Array(this.rows * 2);
    read.forEach(({ context, epoch }, row) => {
      const positions = positionsOf(length, seed, context).subarray(epoch * K);
      for (let k = 0; k < K; k++) {
        const i = row * K + k;
        places[2 * i] = row * length + positions[k]!;
        places[2 * i + 1] = slots[i]!;
        this.#tokensOf[i] = context * length + positions[k]!;
      }
    });
    writeTensor(this.#gpu, this.#places, places);
    await this.#program.run({ rows: this.rows, scale: 1 });
    this.#contextsRead += contextsPerPass;
    return this.rows;
  }

  close(): void {
    this.#program.destroy();
    this.#places.buffer.destroy();
  }

  /** The context at a place of the endless sequence of epochs; each epoch takes other positions of the same contexts. */
  #placeOf(place: number): { context: number; epoch: number } {
    const { count } = this.#contexts;
    const epoch = Math.floor(place / count);
    if (this.#epochOrder?.epoch !== epoch)
      this.#epochOrder = { epoch, order: contextOrder(count, this.#options.seed, epoch) };
    return { context: this.#epochOrder.order(place % count), epoch };
  }
}
