import { ProgramBuilder, type Gpu, type TokenBatch, type Value } from '@monosema/engine';
import { CONTROL } from '../config/control.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import type { Site } from '../model/sites.ts';
import { createTokens, setTokens, type Parameters, type TokenTensors } from '../model/training-program.ts';
import type { SpacedContexts } from '../tokens/spaced-contexts.ts';

/** A model on the device, and the site whose activations are taken apart. */
export interface AnalysedModel {
  /** as A */
  readonly letter: string;
  readonly config: TransformerConfig;
  readonly parameters: Parameters;
  readonly site: Site;
}

/**
 * Whether nothing but the final LayerNorm and the unembedding sees a change of the activations, so that the change of
 * the last stream is the change itself.
 */
export function isLastSeen({ config, site }: AnalysedModel): boolean {
  return site.layer === config.layers - 1 && site.name !== 'residual-pre' && site.name !== 'residual-mid';
}

/** Whether neurons are analysed beside the dictionaries: only the MLP's own activations are theirs, and no control's are looked at. */
export function hasNeurons({ letter, site }: AnalysedModel): boolean {
  return site.name === 'mlp-activations' && letter !== CONTROL;
}

/** A program under construction with a model's parameters and a batch of its tokens. */
export interface ModelProgram {
  readonly p: ProgramBuilder;
  readonly values: ReadonlyMap<string, Value>;
  readonly tokens: TokenBatch;
  readonly targets: Value;
}

/** Begins a program that reads the tokens of `batch`. */
export function modelProgram(
  gpu: Gpu,
  name: string,
  model: AnalysedModel,
  batch: TokenTensors,
): ModelProgram {
  const p = new ProgramBuilder(gpu, name);
  const values = new Map([...model.parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
  const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: batch.context };
  return { p, values, tokens, targets: p.persistent(batch.targets) };
}

/** Contexts in order, a batch at a time on the device. The last batch may have fewer; its other rows mean nothing. */
export class ContextBatches {
  readonly tensors: TokenTensors;
  readonly #gpu: Gpu;
  readonly #contexts: SpacedContexts;
  readonly #perBatch: number;

  constructor(gpu: Gpu, contexts: SpacedContexts, perBatch: number) {
    this.#gpu = gpu;
    this.#contexts = contexts;
    this.#perBatch = Math.min(perBatch, contexts.count);
    this.tensors = createTokens(gpu, this.#perBatch, contexts.length);
  }

  /** Tokens of a full batch. */
  get rows(): number {
    return this.#perBatch * this.#contexts.length;
  }

  /** The batches' first contexts and how many they have. */
  *[Symbol.iterator](): Generator<{ readonly first: number; readonly contexts: number }> {
    for (let first = 0; first < this.#contexts.count; first += this.#perBatch) {
      yield { first, contexts: Math.min(this.#perBatch, this.#contexts.count - first) };
    }
  }

  /** Puts a batch on the device and returns its tokens, T + 1 a context. */
  load({ first, contexts }: { readonly first: number; readonly contexts: number }): Uint32Array {
    return this.loadPlaces(Array.from({ length: contexts }, (_, i) => first + i));
  }

  /** The same with any contexts, as many as a batch has at most. */
  loadPlaces(places: readonly number[]): Uint32Array {
    const tokens = this.#contexts.readBatch(places);
    const whole = new Uint32Array(this.#perBatch * (this.#contexts.length + 1));
    whole.set(tokens);
    setTokens(this.#gpu, this.tensors, whole);
    return tokens;
  }

  /** Frees the tensors. */
  destroy(): void {
    for (const { buffer } of [this.tensors.tokens, this.tensors.targets]) buffer.destroy();
  }
}

/** Contexts whose values of some width, 4 bytes each, take at most 64 MiB in one tensor; at least 1, at most 64. */
export function contextsPerBatch(context: number, width: number): number {
  return Math.max(1, Math.min(64, Math.floor(2 ** 26 / (4 * context * width))));
}
