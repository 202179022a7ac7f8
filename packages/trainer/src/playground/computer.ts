import type { Predictor } from '../sampling/continue-text.ts';

/** The adapter that computes. */
export interface ComputerAdapter {
  readonly name: string;
  /** True where that is the CPU's. */
  readonly software: boolean;
}

/** A model in which some features may be held; whoever asked for it frees it. */
export interface Steered extends Predictor {
  destroy(): void;
}

/** What computes with one model and one dictionary. */
export interface Computer {
  /** Null where plain JavaScript computes. */
  readonly adapter: ComputerAdapter | null;
  /**
   * Activations (n,F) of all features, row-major, on each of n tokens.
   *
   * @param tokens at most T
   * @param watch called now and then; throws to stop
   */
  activations(tokens: readonly number[], watch: () => void): Promise<Float32Array>;
  /**
   * The model with features that may be held at an activation, by their place in the list.
   *
   * @param sequences of a batch at most
   * @param watch called now and then in its predictions; throws to stop
   */
  steered(features: readonly number[], sequences: number, watch: () => void): Promise<Steered>;
  close(): void;
}
