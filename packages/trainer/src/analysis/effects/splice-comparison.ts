import type { Gpu } from '@monosema/engine';
import type { AnalysedModel } from '../analysed-model.ts';
import { ComparedPredictions, type FoundOfRows } from './compared-predictions.ts';
import { SplicedStreams, type SpliceInputs } from './spliced-streams.ts';

/** What is found of contexts of a batch: of one window of rows after another, by replacement. */
export type FoundOfBatch = readonly (readonly FoundOfRows[])[];

/** What a model predicts in contexts of a batch with each of several replacements in the place of its activations. */
export class SpliceComparison {
  /** Of the replacements, in the order in which they are found. */
  readonly names: readonly string[];
  readonly #context: number;
  readonly #streams: SplicedStreams;
  readonly #predictions: ComparedPredictions;

  private constructor(
    names: readonly string[],
    context: number,
    streams: SplicedStreams,
    predictions: ComparedPredictions,
  ) {
    this.names = names;
    this.#context = context;
    this.#streams = streams;
    this.#predictions = predictions;
  }

  /** @param context T @param most rows that are looked at together, whole contexts */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    context: number,
    inputs: SpliceInputs,
    most: number,
  ): Promise<SpliceComparison> {
    const streams = await SplicedStreams.build(gpu, model, context, inputs, most);
    const predictions = await ComparedPredictions.build(gpu, model, streams.all);
    return new SpliceComparison([...inputs.replacements.keys()], context, streams, predictions);
  }

  /**
   * @param contexts of the batch that is on the device, no more than have room
   * @param tokens of the batch, T + 1 a context
   */
  async measure(contexts: readonly number[], tokens: Uint32Array): Promise<FoundOfBatch> {
    const T = this.#context;
    const rows = contexts.flatMap((c) => Array.from({ length: T }, (_, t) => c * T + t));
    const targets = Uint32Array.from(rows, (row) => tokens[row + Math.floor(row / T) + 1]!);
    await this.#streams.run(rows);
    const found: (readonly FoundOfRows[])[] = [];
    for await (const ofWindow of this.#predictions.of(targets)) found.push(ofWindow);
    return found;
  }

  destroy(): void {
    this.#predictions.destroy();
    this.#streams.destroy();
  }
}
