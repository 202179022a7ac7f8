import {
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
import { forwardFrom, forwardTo } from '../../model/transformer.ts';
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
  readonly #gpu: Gpu;
  readonly #stream: Program;
  readonly #differences: Program;
  readonly #items: Tensor;
  readonly #loss: Tensor;
  readonly #extremes: Extremes;

  private constructor(
    gpu: Gpu,
    stream: Program,
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
    const { config, site } = model;
    const { p, values, tokens } = modelProgram(gpu, `last stream ${model.letter}`, model, batches.tensors);
    const residual = forwardFrom(p, forwardTo(p, values, tokens, config, site), values, tokens, config, site);
    const rows = p.output(residual);
    const rowLogits = p.output(
      matmul(p, residual, p.persistent(map.weights), { label: 'unscaled logits', transposeRight: true }),
    );
    const stream = await p.build();

    const inputs = { rows, directions, rowLogits, directionLogits };
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

  /** Computes the stream of the batch that is loaded; rows refer to it from here on. */
  async enter(): Promise<void> {
    await this.#stream.run();
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
