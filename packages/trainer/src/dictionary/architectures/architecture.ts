import type { ActiveMask, ProgramBuilder, RowBlock, RowGradient, Tensor, Value } from '@monosema/engine';
import type { ARCHITECTURES } from '../../config/schema.ts';
import type { Rule, VectorName } from '../dictionary.ts';
import type { DictionaryValues } from '../encode.ts';

/** The architectures that can be trained, as a study names them. */
export type ArchitectureName = (typeof ARCHITECTURES)[number];

/** Where decoder rows point at the start: at inputs of the model, or anywhere. */
export type Directions = 'inputs' | 'random';

/** What an architecture keeps from step to step beside its parameters. */
export interface TrainingState {
  /** (F) u32: vectors since each feature was last active. */
  readonly idle?: Tensor;
  /** (1) running mean of the smallest activation that a batch keeps. */
  readonly threshold?: Tensor;
}

/** One step as an architecture records it: a batch x (B,A), the parameters, and what else the loss depends on. */
export interface Step {
  readonly p: ProgramBuilder;
  readonly x: Value;
  /**
   * The rows of x that are taken together, in order; all at once where their activations are few. What is (B,F) exists
   * for one block at a time; sums over the batch go on from block to block.
   */
  readonly blocks: readonly RowBlock[];
  readonly values: DictionaryValues;
  /** `dense` where the sparse path would cost more. */
  readonly path: 'sparse' | 'dense';
  readonly state: { readonly [Name in keyof TrainingState]?: Value };
}

/** A term of the loss: a number (1) and the constant that makes it the mean over the batch. */
export interface LossTerm {
  readonly value: Value;
  readonly scale: number;
}

/** What an architecture says of a step. */
export interface RecordedStep {
  /**
   * Means over the batch, without their coefficients. `reconstruction`, of |x - x̂|², is always there; `sparsity` is
   * what lambda multiplies.
   */
  readonly terms: Readonly<Record<string, LossTerm>>;
  /**
   * f (B,F) and x̂ (B,A) of the last block: of the whole batch where it is one. With a mask, f is what it marks and 0
   * elsewhere, whatever the value holds there.
   */
  readonly last: { readonly f: Value; readonly mask?: ActiveMask; readonly reconstruction: Value };
  /** (F) rows of the batch on which each feature was active */
  readonly count: Value;
  readonly encoder: RowGradient;
  readonly decoder: RowGradient;
  /**
   * (F) what the decoder's gradient loses along each row w, times |w|²: w·g where rows keep norm 1, and minus the
   * penalty's share where the penalty depends on norms; null for nothing.
   */
  readonly along: () => Value | null;
  readonly decoderBias: Value;
  readonly vectors: Readonly<Partial<Record<VectorName, Value>>>;
}

/** A kind of sparse autoencoder: how it is trained, and how it encodes afterwards. */
export interface Architecture {
  readonly name: ArchitectureName;
  /** How the trained dictionary encodes. */
  readonly rule: Rule;
  /** Parameters (F) that are trained. */
  readonly vectors: readonly VectorName[];
  readonly preEncoderBias: boolean;
  /** Where decoder rows point at the start, unless a study says otherwise. */
  readonly directions: Directions;
  /** `unit`: the decoder's rows are kept at norm 1; `free`: the penalty counts their norms. */
  readonly rows: 'unit' | 'free';
  /** Largest norm of a whole gradient, beyond which it is scaled down; null for no limit. */
  readonly clip: number | null;
  /** What it keeps from step to step. */
  readonly keeps: readonly (keyof TrainingState)[];
  /** Whether the loss has a penalty, and with it a lambda. */
  readonly penalised: boolean;
  /** Whether thresholds can be moved by a count of active features beside the penalty: the scalar `steer`. */
  readonly steered: boolean;
  /**
   * Whether a step of the sparse path has two matrices (rows,F) at once and no more; it is then given twice as many rows
   * at a time.
   */
  readonly lean: boolean;
  /** Whether it has a dense path, for when it is active almost everywhere. */
  readonly dense: boolean;
  /** What each term of the loss is multiplied by; terms that are not named are only measured. */
  readonly coefficients: (lambda: number) => Readonly<Record<string, number>>;
  /** Records forward pass, loss and gradients; run with the scalar `penalty` where there is a lambda. */
  readonly record: (step: Step) => RecordedStep;
}
