import { pairCounts, type PairCounts } from './pair-counts.ts';

/** Cross-entropies of the count models, in nats per token, averaged over `tokens` predictions. */
export interface Baselines {
  readonly unigram: number;
  readonly bigram: number;
  readonly tokens: number;
}

/**
 * A count model of the next token with add-one smoothing, over a vocabulary of V tokens:
 * unigram p(t) = (n(t) + 1) / (n + V), bigram p(t | s) = (n(s,t) + 1) / (n(s) + V).
 */
export class CountModel {
  readonly #vocabulary: number;
  readonly #targets: Float64Array;
  readonly #inputs: Float64Array;
  readonly #pairs: PairCounts;
  #predictions = 0;

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary;
    this.#targets = new Float64Array(vocabulary);
    this.#inputs = new Float64Array(vocabulary);
    this.#pairs = pairCounts(vocabulary);
  }

  /** Counts every token of a context but the first, each after the one before it. */
  count(context: Uint32Array): void {
    for (let t = 1; t < context.length; t += 1) {
      const [input, target] = [context[t - 1]!, context[t]!];
      this.#targets[target] = this.#targets[target]! + 1;
      this.#inputs[input] = this.#inputs[input]! + 1;
      this.#pairs.increment(input, target);
    }
    this.#predictions += Math.max(context.length - 1, 0);
  }

  /** -ln p(target), in nats. */
  unigramLoss(target: number): number {
    return -Math.log((this.#targets[target]! + 1) / (this.#predictions + this.#vocabulary));
  }

  /** -ln p(target | input), in nats. */
  bigramLoss(input: number, target: number): number {
    return -Math.log((this.#pairs.get(input, target) + 1) / (this.#inputs[input]! + this.#vocabulary));
  }
}

/**
 * What a model must beat to be worth its weights: count models of the training contexts, evaluated on the
 * validation contexts as the transformer is, on tokens 1 to T of every context given the token before.
 */
export function baselines(
  train: Iterable<Uint32Array>,
  validation: Iterable<Uint32Array>,
  vocabulary: number,
): Baselines {
  const model = new CountModel(vocabulary);
  for (const context of train) model.count(context);
  let [unigram, bigram, tokens] = [0, 0, 0];
  for (const context of validation)
    for (let t = 1; t < context.length; t += 1) {
      unigram += model.unigramLoss(context[t]!);
      bigram += model.bigramLoss(context[t - 1]!, context[t]!);
      tokens += 1;
    }
  return { unigram: unigram / tokens, bigram: bigram / tokens, tokens };
}

/** The contexts from `from` to `to`, one at a time. */
export function* contextRange(
  contexts: { readonly count: number; read(place: number): Uint32Array },
  from = 0,
  to = contexts.count,
): Generator<Uint32Array> {
  for (let index = from; index < to; index += 1) yield contexts.read(index);
}
