import {
  copyRows,
  createTensor,
  differenceCrossEntropy,
  differenceExtremes,
  EXTREMES,
  matmul,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { forwardFrom, forwardTo, rowsOfLogits } from '../../model/transformer.ts';
import { modelProgram, type AnalysedModel, type ContextBatches } from '../analysed-model.ts';
import type { FinalMap } from './final-map.ts';

/** Heads that one run takes: rows of the stream, each with a target and four pairs of a direction and an amount. */
export const HEADS = 4096;
/** 32-bit words a head: row, target, and four times direction and bits of the amount. */
export const WORDS = 10;
/** Items of which one run finds the largest changes of logits. */
export const ITEMS = 4096;
/** Changes that are given of an item: that of the target, then both ends. */
export const CHANGES = 1 + 2 * EXTREMES;

/**
 * Loss of the next token, and changes of logits, when amounts of directions are taken from the last residual stream. Exact where nothing but
 * the final LayerNorm and the unembedding sees the change; see isLastSeen.
 */
export class AblationProgram {
  /** First row of the batch that can be referred to; see look. */
  first = 0;
  readonly #gpu: Gpu;
  readonly #stream: Streams;
  readonly #differences: Program;
  readonly #items: Tensor;
  readonly #loss: Tensor;
  readonly #extremes: Extremes;

  private constructor(
    gpu: Gpu,
    stream: Streams,
    differences: Program,
    items: Tensor,
    loss: Tensor,
    extremes: Extremes,
  ) {
    this.#gpu = gpu;
    this.#stream = stream;
    this.#differences = differences;
    this.#items = items;
    this.#loss = loss;
    this.#extremes = extremes;
  }

  /**
   * @param directions (F,D), each of mean 0
   * @param directionLogits (F,V) directions · weightsᵀ of the final map
   */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    map: FinalMap,
    batches: ContextBatches,
    directions: Tensor,
    directionLogits: Tensor,
  ): Promise<AblationProgram> {
    const { config } = model;
    const stream = await Streams.build(gpu, model, map, batches);
    const inputs = { rows: stream.rows, directions, rowLogits: stream.logits, directionLogits };
    const q = new ProgramBuilder(gpu, `ablation ${model.letter}`);
    const items = createTensor(gpu, 'ablation items', [HEADS * 5, 2], null, 'u32');
    const losses = differenceCrossEntropy(
      q,
      {
        ...onto(q, inputs),
        bias: q.persistent(map.bias),
        items: q.persistent(items),
        count: q.scalar('heads'),
      },
      config.layerNormEpsilon,
    );
    const loss = q.output(losses);
    const extremes = await Extremes.build(gpu, model, inputs);
    return new AblationProgram(gpu, stream, await q.build(), items, loss, extremes);
  }

  /** Computes the stream of the batch that is loaded. */
  async enter(): Promise<void> {
    await this.#stream.enter();
  }

  /**
   * Makes rows of the batch from `first` on those that items refer to, from 0: as many as their logits have room for.
   *
   * @returns the row after the last of them
   */
  async look(first: number): Promise<number> {
    this.first = first;
    return await this.#stream.look(first);
  }

  /** The stream (D) of a row of the batch. */
  streamOf(row: number): Float32Array {
    return this.#stream.of(row);
  }

  /** Losses (heads,4) of packed heads. @param heads at most HEADS */
  async losses(words: Uint32Array, heads: number): Promise<Float32Array> {
    writeTensor(this.#gpu, this.#items, words.subarray(0, heads * WORDS));
    await this.#differences.run({ heads });
    return readTensor(this.#gpu, this.#loss, 0, 4 * heads);
  }

  /**
   * Changes of logits of packed items, each a row, a target, a direction and the bits of an amount: CHANGES of each, and
   * the tokens of both ends.
   *
   * @param items at most ITEMS
   */
  async extremes(
    words: Uint32Array,
    items: number,
  ): Promise<{ readonly changes: Float32Array; readonly tokens: Uint32Array }> {
    return await this.#extremes.run(words, items);
  }

  destroy(): void {
    this.#extremes.destroy();
    this.#stream.destroy();
    this.#differences.destroy();
    this.#items.buffer.destroy();
  }
}

/** The last residual stream of a batch, and the logits of some of its rows at a time. */
class Streams {
  /** (R,D) the rows looked at. */
  readonly rows: Tensor;
  /** (R,V) them, unembedded but for the norm's scale. */
  readonly logits: Tensor;
  readonly #gpu: Gpu;
  readonly #run: Program;
  readonly #look: Program;
  readonly #stream: Tensor;
  readonly #places: Tensor;
  #values: Float32Array = new Float32Array(0);

  private constructor(
    gpu: Gpu,
    run: Program,
    look: Program,
    tensors: Record<'stream' | 'places' | 'rows' | 'logits', Tensor>,
  ) {
    this.#gpu = gpu;
    this.#run = run;
    this.#look = look;
    this.#stream = tensors.stream;
    this.#places = tensors.places;
    this.rows = tensors.rows;
    this.logits = tensors.logits;
  }

  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    map: FinalMap,
    batches: ContextBatches,
  ): Promise<Streams> {
    const { config, site } = model;
    const { p, values, tokens } = modelProgram(gpu, `last stream ${model.letter}`, model, batches.tensors);
    const residual = forwardFrom(p, forwardTo(p, values, tokens, config, site), values, tokens, config, site);
    const stream = p.output(residual);
    const run = await p.build();

    const height = Math.min(batches.rows, rowsOfLogits(config));
    const rows = createTensor(gpu, 'rows looked at', [height, config.dModel]);
    const places = createTensor(gpu, 'places looked at', [height, 2], null, 'u32');
    const q = new ProgramBuilder(gpu, `logits of rows ${model.letter}`);
    const seen = q.persistent(rows);
    copyRows(q, q.persistent(stream), q.persistent(places), seen);
    const logits = q.output(
      matmul(q, seen, q.persistent(map.weights), { label: 'unscaled logits', transposeRight: true }),
    );
    return new Streams(gpu, run, await q.build(), { stream, places, rows, logits });
  }

  async enter(): Promise<void> {
    await this.#run.run();
    this.#values = await readTensor(this.#gpu, this.#stream);
  }

  async look(first: number): Promise<number> {
    const height = Math.min(this.rows.shape[0]!, this.#stream.shape[0]! - first);
    const places = Uint32Array.from({ length: 2 * height }, (_, i) =>
      i % 2 === 0 ? first + i / 2 : (i - 1) / 2,
    );
    writeTensor(this.#gpu, this.#places, places);
    await this.#look.run({ rows: height, scale: 1 });
    return first + height;
  }

  of(row: number): Float32Array {
    const width = this.rows.shape[1]!;
    return this.#values.subarray(row * width, (row + 1) * width);
  }

  destroy(): void {
    this.#run.destroy();
    this.#look.destroy();
    for (const tensor of [this.rows, this.#places]) tensor.buffer.destroy();
  }
}

type Logits = Record<'rows' | 'directions' | 'rowLogits' | 'directionLogits', Tensor>;

function onto(p: ProgramBuilder, { rows, directions, rowLogits, directionLogits }: Logits) {
  return {
    rows: p.persistent(rows),
    directions: p.persistent(directions),
    rowLogits: p.persistent(rowLogits),
    directionLogits: p.persistent(directionLogits),
  };
}

/** Finds the largest changes of logits. */
class Extremes {
  readonly #gpu: Gpu;
  readonly #program: Program;
  readonly #items: Tensor;
  readonly #changes: Tensor;
  readonly #tokens: Tensor & { readonly dtype: 'u32' };

  private constructor(
    gpu: Gpu,
    program: Program,
    items: Tensor,
    changes: Tensor,
    tokens: Tensor & { readonly dtype: 'u32' },
  ) {
    this.#gpu = gpu;
    this.#program = program;
    this.#items = items;
    this.#changes = changes;
    this.#tokens = tokens;
  }

  static async build(gpu: Gpu, { letter, config }: AnalysedModel, inputs: Logits): Promise<Extremes> {
    const p = new ProgramBuilder(gpu, `changes of logits ${letter}`);
    const items = createTensor(gpu, 'items', [ITEMS, 4], null, 'u32');
    const found = differenceExtremes(
      p,
      { ...onto(p, inputs), items: p.persistent(items), count: p.scalar('items') },
      config.layerNormEpsilon,
    );
    const changes = p.output(found.changes);
    const tokens = p.output(found.tokens) as Tensor & { readonly dtype: 'u32' };
    return new Extremes(gpu, await p.build(), items, changes, tokens);
  }

  async run(words: Uint32Array, items: number) {
    writeTensor(this.#gpu, this.#items, words.subarray(0, 4 * items));
    await this.#program.run({ items });
    return {
      changes: await readTensor(this.#gpu, this.#changes, 0, CHANGES * items),
      tokens: await readTensor(this.#gpu, this.#tokens, 0, 2 * EXTREMES * items),
    };
  }

  destroy(): void {
    this.#program.destroy();
    this.#items.buffer.destroy();
  }
}
