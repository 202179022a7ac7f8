import type { Gpu, Tensor } from '@monosema/engine';
import { siteWidth } from '../../model/sites.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';
import type { AnalysedModel } from '../analysed-model.ts';
import { SpliceComparison, type FoundOfBatch } from './splice-comparison.ts';
import type { Replacement } from './spliced-streams.ts';

/** With nothing replaced: losses, and 1/σ of the final LayerNorm. */
const ORIGINAL = 'original';
/** With zeros in the place of the activations, and with their mean. */
const ZERO = 'zero';
const MEAN = 'mean';

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

/** Tensors of a batch of contexts, row for row: see AtSite, and what may stand for the activations. */
export interface SplicedBatch {
  /** (N,D) */
  readonly stream: Tensor | null;
  /** (N,A) as they are. */
  readonly activations: Tensor;
  /** (N,A) by dictionary. */
  readonly reconstructions: ReadonlyMap<string, Tensor>;
}

/**
 * Compares how well a model predicts with other values in the place of the activations of a site, on some of the
 * contexts of the evaluation text, evenly spaced. It lives on what a pass over the text computes anyway. Logits exist for
 * some rows at a time, so that memory does not grow with rows times vocabulary.
 */
export class SpliceMeter {
  readonly #gpu: Gpu;
  readonly #model: AnalysedModel;
  readonly #stream: Tensor | null;
  /** Contexts of the text, and T. */
  readonly #contexts: SpacedContexts;
  readonly #isChosen: (place: number) => boolean;
  /** Contexts of a batch that are chosen, at most. */
  readonly #atOnce: number;
  readonly #comparison: SpliceComparison;
  readonly #losses = new Map<string, number>();
  readonly #others = new Map<string, number>();

  private constructor(
    gpu: Gpu,
    model: AnalysedModel,
    stream: Tensor | null,
    contexts: SpacedContexts,
    choice: { readonly isChosen: (place: number) => boolean; readonly atOnce: number },
    comparison: SpliceComparison,
  ) {
    this.#gpu = gpu;
    this.#model = model;
    this.#stream = stream;
    this.#contexts = contexts;
    this.#isChosen = choice.isChosen;
    this.#atOnce = choice.atOnce;
    this.#comparison = comparison;
  }

  /** @param lossTokens about how many tokens to compare on, at most those of the evaluation text */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    { stream, activations, reconstructions }: SplicedBatch,
    contexts: SpacedContexts,
    lossTokens: number,
  ): Promise<SpliceMeter> {
    const { count, length } = contexts;
    const wanted = Math.max(1, Math.min(count, Math.floor(lossTokens / length)));
    const isChosen = (place: number) =>
      Math.floor(((place + 1) * wanted) / count) > Math.floor((place * wanted) / count);
    const perBatch = activations.shape[0]! / length;
    const atOnce = Math.min(perBatch, Math.ceil((perBatch * wanted) / count));
    const replacements = new Map<string, Replacement>([
      [ORIGINAL, activations],
      ...reconstructions,
      [ZERO, new Float64Array(siteWidth(model.config, model.site))],
    ]);
    const inputs = { stream, replacements };
    const comparison = await SpliceComparison.build(gpu, model, length, inputs, atOnce * length);
    return new SpliceMeter(gpu, model, stream, contexts, { isChosen, atOnce }, comparison);
  }

  /**
   * Measures on a batch whose inputs are on the device. What else is submitted before it ends comes after it where all
   * rows fit in one window.
   *
   * @param tokens of the batch, T + 1 a context
   */
  async measure(
    batch: { readonly first: number; readonly contexts: number },
    tokens: Uint32Array,
  ): Promise<FoundOfBatch> {
    const chosen = Array.from({ length: batch.contexts }, (_, c) => c).filter((c) =>
      this.#isChosen(batch.first + c),
    );
    return chosen.length === 0 ? [] : this.#comparison.measure(chosen, tokens);
  }

  /** Adds what was measured on a batch. */
  add(found: FoundOfBatch): void {
    this.#add(this.#comparison.names, found);
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
   * @param again puts the stream of some contexts on the device once more, as for `measure`, and returns their tokens: to
   * keep the streams instead would take memory by the token
   * @param contexts how many `again` takes at most
   */
  async finish(
    mean: Float64Array,
    contexts: number,
    again: (places: readonly number[]) => Promise<Uint32Array>,
  ): Promise<SplicedLosses> {
    const { count, length } = this.#contexts;
    const inputs = { stream: this.#stream, replacements: new Map([[MEAN, mean]]) };
    const rows = this.#atOnce * length;
    const comparison = await SpliceComparison.build(this.#gpu, this.#model, length, inputs, rows);
    const chosen = Array.from({ length: count }, (_, place) => place).filter(this.#isChosen);
    for (let first = 0; first < chosen.length; first += contexts) {
      const places = chosen.slice(first, first + contexts);
      const tokens = await again(places);
      for (let from = 0; from < places.length; from += this.#atOnce) {
        const some = Math.min(this.#atOnce, places.length - from);
        const found = await comparison.measure(
          Array.from({ length: some }, (_, i) => from + i),
          tokens,
        );
        this.#add(comparison.names, found);
      }
    }
    comparison.destroy();
    return this.#means(chosen.length * length);
  }

  destroy(): void {
    this.#comparison.destroy();
  }

  #add(names: readonly string[], found: FoundOfBatch): void {
    for (const ofWindow of found) {
      for (const [s, { losses, others }] of ofWindow.entries()) {
        addTo(this.#losses, names[s]!, losses);
        addTo(this.#others, names[s]!, others);
      }
    }
  }

  #means(tokens: number): SplicedLosses {
    const ids = [...this.#losses.keys()].filter((name) => ![ORIGINAL, ZERO, MEAN].includes(name));
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
}

function addTo(sums: Map<string, number>, name: string, values: Float32Array): void {
  sums.set(
    name,
    values.reduce((sum, value) => sum + value, sums.get(name) ?? 0),
  );
}
