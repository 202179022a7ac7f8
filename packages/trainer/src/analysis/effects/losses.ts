import { readTensor, writeTensor, type Gpu, type Program, type Tensor } from '@monosema/engine';
import { rowsOfLogits } from '../../model/transformer.ts';
import type { AnalysedModel } from '../analysed-model.ts';
import {
  gatherStream,
  MEAN,
  ORIGINAL,
  SplicePrograms,
  spliceTensors,
  ZERO,
  type SpliceInputs,
  type SpliceTensors,
} from './splice-programs.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';

/** Cross-entropies in nats a token, each a mean over the same tokens. */
export interface SplicedLosses {
  readonly original: number;
  /** With the activations of the site set to zero, and to their mean. */
  readonly zeroAblated: number;
  readonly meanAblated: number;
  /** With the activations replaced by each dictionary's reconstruction, by id. */
  readonly reconstructed: ReadonlyMap<string, number>;
  /** Mean KL divergence in nats from the original predictions to those with each reconstruction, by id. */
  readonly divergence: ReadonlyMap<string, number>;
  /** The same with the activations set to zero. */
  readonly zeroDivergence: number;
  /** Mean of 1/σ of the final LayerNorm, with the activations as they are. */
  readonly inverseDeviation: number;
  readonly tokens: number;
}

/** What a comparison has added up, by replacement. */
export interface SpliceState {
  readonly losses: readonly (readonly [string, number])[];
  /** Divergences from the original predictions; of these themselves, 1/σ of the final LayerNorm. */
  readonly others: readonly (readonly [string, number])[];
}

/**
 * Compares how well a model predicts with other values in the place of the activations of a site, on some of the
 * contexts of the evaluation text, evenly spaced. It lives on what a pass over the text computes anyway. Logits exist for
 * some rows at a time, so that memory does not grow with rows times vocabulary.
 */
export class SpliceMeter {
  readonly #gpu: Gpu;
  readonly #context: number;
  /** Contexts of the text. */
  readonly #count: number;
  readonly #isChosen: (place: number) => boolean;
  /** Null where no stream passes by the activations. */
  readonly #gatherStream: Program | null;
  readonly #programs: SplicePrograms;
  readonly #tensors: SpliceTensors;
  readonly #losses = new Map<string, number>();
  readonly #others = new Map<string, number>();

  private constructor(
    gpu: Gpu,
    contexts: SpacedContexts,
    isChosen: (place: number) => boolean,
    gatherStream: Program | null,
    programs: SplicePrograms,
    tensors: SpliceTensors,
  ) {
    this.#gpu = gpu;
    this.#context = contexts.length;
    this.#count = contexts.count;
    this.#isChosen = isChosen;
    this.#gatherStream = gatherStream;
    this.#programs = programs;
    this.#tensors = tensors;
  }

  /** @param lossTokens about how many tokens to compare on, at most those of the evaluation text */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    inputs: SpliceInputs,
    contexts: SpacedContexts,
    lossTokens: number,
  ): Promise<SpliceMeter> {
    const wanted = Math.max(1, Math.min(contexts.count, Math.floor(lossTokens / contexts.length)));
    const isChosen = (place: number) =>
      Math.floor(((place + 1) * wanted) / contexts.count) > Math.floor((place * wanted) / contexts.count);
    const perBatch = inputs.activations.shape[0]! / contexts.length;
    const rows = Math.min(perBatch, Math.ceil((perBatch * wanted) / contexts.count)) * contexts.length;
    const window = Math.min(rows, rowsOfLogits(model.config));
    const replacements = inputs.reconstructions.size + 3;
    const sizes = { rows, window, replacements };
    const tensors = spliceTensors(gpu, model, sizes, inputs.stream !== null);
    const programs = await SplicePrograms.build(gpu, model, contexts.length, inputs, tensors);
    const gathers = await gatherStream(gpu, inputs.stream, tensors);
    return new SpliceMeter(gpu, contexts, isChosen, gathers, programs, tensors);
  }

  /**
   * Measures on a batch whose inputs are on the device.
   *
   * @param tokens of the batch, T + 1 a context
   */
  async add(
    batch: { readonly first: number; readonly contexts: number },
    tokens: Uint32Array,
  ): Promise<void> {
    const chosen = Array.from({ length: batch.contexts }, (_, c) => c).filter((c) =>
      this.#isChosen(batch.first + c),
    );
    if (chosen.length === 0) return;
    await this.#compareRows(
      chosen,
      tokens,
      [...this.#programs.all.keys()].filter((name) => name !== MEAN),
    );
  }

  /** Where the comparison stands between two batches. */
  state(): SpliceState {
    return { losses: [...this.#losses], others: [...this.#others] };
  }

  /** Goes on from where another comparison of the same stood. */
  restore({ losses, others }: SpliceState): void {
    for (const [name, sum] of losses) this.#losses.set(name, sum);
    for (const [name, sum] of others) this.#others.set(name, sum);
  }

  /**
   * Ends the comparison.
   *
   * @param mean (A) of the activations over the evaluation tokens, which are known only at the end
   * @param again puts the stream of some contexts on the device once more, as for `add`, and returns their tokens: to keep
   * the streams instead would take memory by the token
   * @param contexts how many `again` takes at most
   */
  async finish(
    mean: Float64Array,
    contexts: number,
    again: (places: readonly number[]) => Promise<Uint32Array>,
  ): Promise<SplicedLosses> {
    this.#holdConstant(mean);
    const chosen = Array.from({ length: this.#count }, (_, place) => place).filter(this.#isChosen);
    const atOnce = this.#tensors.constant.shape[0]! / this.#context;
    for (let first = 0; first < chosen.length; first += contexts) {
      const places = chosen.slice(first, first + contexts);
      const tokens = await again(places);
      for (let from = 0; from < places.length; from += atOnce) {
        const some = Array.from({ length: Math.min(atOnce, places.length - from) }, (_, i) => from + i);
        await this.#compareRows(some, tokens, [MEAN]);
      }
    }
    const tokens = chosen.length * this.#context;
    const ids = [...this.#programs.all.keys()].filter((name) => ![ORIGINAL, ZERO, MEAN].includes(name));
    const loss = (name: string): number => this.#losses.get(name)! / tokens;
    const other = (name: string): number => this.#others.get(name)! / tokens;
    return {
      original: loss(ORIGINAL),
      zeroAblated: loss(ZERO),
      meanAblated: loss(MEAN),
      reconstructed: new Map(ids.map((id) => [id, loss(id)])),
      divergence: new Map(ids.map((id) => [id, other(id)])),
      zeroDivergence: other(ZERO),
      inverseDeviation: other(ORIGINAL),
      tokens,
    };
  }

  destroy(): void {
    this.#programs.destroy();
    this.#gatherStream?.destroy();
    for (const tensor of Object.values(this.#tensors) as (Tensor | null)[]) tensor?.buffer.destroy();
  }

  /**
   * Adds losses and divergences of some replacements.
   *
   * @param chosen contexts of the batch that is on the device
   * @param tokens of the batch, T + 1 a context
   */
  async #compareRows(
    chosen: readonly number[],
    tokens: Uint32Array,
    names: readonly string[],
  ): Promise<void> {
    const T = this.#context;
    const rows = chosen.flatMap((c) => Array.from({ length: T }, (_, t) => c * T + t));
    const targets = Uint32Array.from(rows, (row) => tokens[row + Math.floor(row / T) + 1]!);
    const { places, windowPlaces, targets: targetsOfWindow, found: all } = this.#tensors;
    writeTensor(this.#gpu, places, Uint32Array.from(rows.flatMap((row, i) => [row, i])));
    await this.#gatherStream?.run({ rows: rows.length, scale: 1 });
    const window = targetsOfWindow.shape[0]!;
    const order = [...this.#programs.all.keys()];
    // All rows fit in one window, or what each replacement leads to is looked at again and again.
    const isWhole = this.#programs.all.get(ORIGINAL)!.look === null;
    const run = (name: string): Promise<void> => {
      const isConstant = name === ZERO || name === MEAN;
      return this.#programs.all.get(name)!.run.run(isConstant ? {} : { rows: rows.length, scale: 1 });
    };
    if (!isWhole) for (const name of names) await run(name);
    for (let first = 0; first < rows.length; first += window) {
      const count = Math.min(window, rows.length - first);
      const taken = Uint32Array.from({ length: 2 * count }, (_, i) => (i >> 1) + (i % 2 === 0 ? first : 0));
      writeTensor(this.#gpu, windowPlaces, taken);
      writeTensor(this.#gpu, targetsOfWindow, targets.subarray(first, first + count));
      for (const name of names) {
        const { look, predict, keep } = this.#programs.all.get(name)!;
        if (isWhole) await run(name);
        await look?.run({ rows: count, scale: 1 });
        await predict.run();
        await keep.run({ rows: count, scale: 1 });
      }
      // The names follow each other.
      const start = 2 * order.indexOf(names[0]!) * window;
      const found = await readTensor(this.#gpu, all, start, 2 * names.length * window);
      for (const [n, name] of names.entries()) {
        const at = 2 * n * window;
        add(this.#losses, name, found.subarray(at, at + count));
        add(this.#others, name, found.subarray(at + window, at + window + count));
      }
    }
  }

  #holdConstant(row: Float64Array): void {
    const rows = this.#tensors.constant.shape[0]!;
    const values = new Float32Array(rows * row.length);
    for (let n = 0; n < rows; n++) values.set(row, n * row.length);
    writeTensor(this.#gpu, this.#tensors.constant, values);
  }
}

function add(sums: Map<string, number>, name: string, values: Float32Array): void {
  sums.set(
    name,
    values.reduce((sum, value) => sum + value, sums.get(name) ?? 0),
  );
}
