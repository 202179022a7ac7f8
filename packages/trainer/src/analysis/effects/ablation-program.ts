import {
  createTensor,
  differenceCrossEntropy,
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

/**
 * Loss of the next token when amounts of directions are taken from the last residual stream. Exact where nothing but
 * the final LayerNorm and the unembedding sees the change; see isLastSeen.
 */
export class AblationProgram {
  readonly #gpu: Gpu;
  readonly #stream: Program;
  readonly #differences: Program;
  readonly #items: Tensor;
  readonly #loss: Tensor;

  private constructor(gpu: Gpu, stream: Program, differences: Program, items: Tensor, loss: Tensor) {
    this.#gpu = gpu;
    this.#stream = stream;
    this.#differences = differences;
    this.#items = items;
    this.#loss = loss;
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

    const q = new ProgramBuilder(gpu, `ablation ${model.letter}`);
    const items = createTensor(gpu, 'ablation items', [HEADS * 5, 2], null, 'u32');
    const losses = differenceCrossEntropy(
      q,
      {
        rows: q.persistent(rows),
        directions: q.persistent(directions),
        rowLogits: q.persistent(rowLogits),
        directionLogits: q.persistent(directionLogits),
        bias: q.persistent(map.bias),
        items: q.persistent(items),
        count: q.scalar('heads'),
      },
      config.layerNormEpsilon,
    );
    const loss = q.output(losses);
    return new AblationProgram(gpu, stream, await q.build(), items, loss);
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

  destroy(): void {
    this.#stream.destroy();
    this.#differences.destroy();
    this.#items.buffer.destroy();
  }
}
