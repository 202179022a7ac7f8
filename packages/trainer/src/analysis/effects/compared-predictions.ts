import {
  copyRows,
  createTensor,
  crossEntropy,
  klDivergence,
  ProgramBuilder,
  readTensors,
  rows,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { finalNorm, rowsOfLogits, unembedded } from '../../model/transformer.ts';
import type { AnalysedModel } from '../analysed-model.ts';

/** What is found of some rows, all (rows). */
export interface FoundOfRows {
  /** Cross-entropies in nats. */
  readonly losses: Float32Array;
  /** Of the first stream 1/σ of the final LayerNorm, of any other the divergence in nats from the first's predictions. */
  readonly others: Float32Array;
}

/** Rows of a window are a multiple of it, so that those of each stream begin where a binding may. */
const ROW_STEP = 64;

/**
 * Predicts from several streams (R,D), and compares what the first predicts with what the others do. A window of rows at
 * a time is looked at, of as many streams together as their logits have room for.
 */
export class ComparedPredictions {
  readonly #gpu: Gpu;
  /** (W,2) u32: rows of the streams and where they go. */
  readonly #places: Tensor;
  /** (W) u32 */
  readonly #targets: Tensor;
  readonly #program: Program;
  /** By stream; of the first, what else is found is (·,2), of each row the mean and 1/σ. */
  readonly #found: readonly { readonly losses: Tensor; readonly others: Tensor }[];

  private constructor(
    gpu: Gpu,
    places: Tensor,
    targets: Tensor,
    program: Program,
    found: readonly { readonly losses: Tensor; readonly others: Tensor }[],
  ) {
    this.#gpu = gpu;
    this.#places = places;
    this.#targets = targets;
    this.#program = program;
    this.#found = found;
  }

  static async build(
    gpu: Gpu,
    { config, letter, parameters }: AnalysedModel,
    streams: readonly Tensor[],
  ): Promise<ComparedPredictions> {
    const room = rowsOfLogits(config);
    const most = streams[0]!.shape[0]!;
    const window = ROW_STEP * Math.ceil(Math.min(most, Math.max(ROW_STEP, room)) / ROW_STEP);
    const places = createTensor(gpu, 'places of a window', [window, 2], null, 'u32');
    const targets = createTensor(gpu, 'targets of a window', [window], null, 'u32');
    const p = new ProgramBuilder(gpu, `predict ${letter}`);
    const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
    const residual = p.temporary('rows of a window', [streams.length * window, config.dModel]);
    for (const [s, stream] of streams.entries()) {
      const destination = rows(residual, { from: s * window, count: window });
      copyRows(p, p.persistent(stream), p.persistent(places), destination);
    }
    const { normed, statistics } = finalNorm(p, residual, values, config);
    const together = Math.max(1, Math.floor(room / window));
    const logits = Array.from({ length: Math.ceil(streams.length / together) }, (_, g) => {
      const from = g * together;
      const count = Math.min(together, streams.length - from);
      const some = unembedded(
        p,
        rows(normed, { from: from * window, count: count * window }),
        values,
        config,
      );
      return Array.from({ length: count }, (__, s) => rows(some, { from: s * window, count: window }));
    }).flat();
    const expected = p.persistent(targets);
    const { output, saved } = crossEntropy.forward(p, { logits: logits[0]! }, { targets: expected });
    const original = { logits: logits[0]!, logSum: saved.logSum };
    const found = logits.map((after, s) => {
      if (s === 0) return { losses: p.output(output), others: p.output(statistics) };
      const { loss, divergence } = klDivergence(p, original, after, expected);
      return { losses: p.output(loss), others: p.output(divergence) };
    });
    return new ComparedPredictions(gpu, places, targets, await p.build(), found);
  }

  /**
   * Looks at the first rows of the streams, window after window.
   *
   * @param targets of them
   * @returns of each window what is found, by stream
   */
  async *of(targets: Uint32Array): AsyncGenerator<readonly FoundOfRows[]> {
    const window = this.#targets.shape[0]!;
    for (let first = 0; first < targets.length; first += window) {
      const count = Math.min(window, targets.length - first);
      const taken = Uint32Array.from({ length: 2 * count }, (_, i) => (i >> 1) + (i % 2 === 0 ? first : 0));
      writeTensor(this.#gpu, this.#places, taken);
      writeTensor(this.#gpu, this.#targets, targets.subarray(first, first + count));
      await this.#program.run({ rows: count, scale: 1 });
      yield await this.#read(count);
    }
  }

  destroy(): void {
    this.#program.destroy();
    for (const { buffer } of [this.#places, this.#targets]) buffer.destroy();
  }

  async #read(count: number): Promise<FoundOfRows[]> {
    const tensors = this.#found.flatMap(({ losses, others }) => [losses, others]);
    const counts = this.#found.flatMap((_, s) => [count, s === 0 ? 2 * count : count]);
    const read = (await readTensors(this.#gpu, tensors, counts)) as readonly Float32Array[];
    return this.#found.map((_, s) => {
      const [losses, others] = [read[2 * s]!, read[2 * s + 1]!];
      return { losses, others: s === 0 ? others.filter((__, i) => i % 2 === 1) : others };
    });
  }
}
