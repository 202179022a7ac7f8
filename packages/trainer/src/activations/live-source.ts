import {
  copyRows,
  createTensor,
  ProgramBuilder,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
  type TokenBatch,
  type Value,
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
 * Records the way from tokens to vectors in a buffer (S,A). What comes after the last attention is computed for the
 * chosen positions alone.
 *
 * @param into `chosen` (R,2) u32: where in the batch vector i is, and i; `slots` (R,2) u32: i, and where it goes.
 * Given at every run: the scalars `rows` = R and `scale`, which must be 1
 */
export function recordHarvest(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  site: Site,
  { chosen, slots, buffer }: { readonly chosen: Value; readonly slots: Value; readonly buffer: Value },
): void {
  const choose = (all: Value): Value => {
    const some = p.temporary('chosen rows', [chosen.shape[0]!, all.shape[1]!]);
    copyRows(p, all, chosen, some);
    return some;
  };
  const { activations } = forwardTo(p, parameters, batch, config, site, choose);
  copyRows(p, activations, slots, buffer);
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
  /** (R,2) u32: see recordHarvest. */
  readonly #chosen: Tensor;
  readonly #slots: Tensor;
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
    { chosen, slots }: { readonly chosen: Tensor; readonly slots: Tensor },
    program: Program,
  ) {
    this.#gpu = gpu;
    this.#contexts = contexts;
    this.#options = options;
    this.#tokens = tokens;
    this.#chosen = chosen;
    this.#slots = slots;
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
    const chosen = createTensor(gpu, 'chosen places', [rows, 2], null, 'u32');
    const slots = createTensor(gpu, 'slots', [rows, 2], null, 'u32');
    const p = new ProgramBuilder(gpu, 'activations');
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const batch = {
      tokens: p.persistent(tokens.tokens),
      order: null,
      starts: null,
      context: contexts.length,
    };
    recordHarvest(p, values, batch, config, site, {
      chosen: p.persistent(chosen),
      slots: p.persistent(slots),
      buffer: p.persistent(buffer),
    });
    return new LiveSource(gpu, contexts, options, tokens, { chosen, slots }, await p.build());
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
    const chosen = new Uint32Array(this.rows * 2);
    read.forEach(({ context, epoch }, row) => {
      const positions = positionsOf(length, seed, context).subarray(epoch * K);
      for (let k = 0; k < K; k++) {
        const i = row * K + k;
        chosen[2 * i] = row * length + positions[k]!;
        chosen[2 * i + 1] = i;
        this.#tokensOf[i] = context * length + positions[k]!;
      }
    });
    writeTensor(this.#gpu, this.#chosen, chosen);
    writeTensor(this.#gpu, this.#slots, Uint32Array.from(slots.flatMap((slot, i) => [i, slot])));
    await this.#program.run({ rows: this.rows, scale: 1 });
    this.#contextsRead += contextsPerPass;
    return this.rows;
  }

  close(): void {
    this.#program.destroy();
    for (const tensor of [this.#chosen, this.#slots]) tensor.buffer.destroy();
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
