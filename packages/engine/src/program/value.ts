import type { DType, Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/shape.ts';

/** A tensor as a program sees it: either one that lives outside, or a temporary that the plan gives a place. */
export interface Value {
  readonly id: number;
  readonly label: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Null for temporaries. */
  readonly tensor: Tensor | null;
}

/** A number that changes from run to run (learning rate, step); its place in the program's scalar buffer. */
export interface Scalar {
  readonly name: string;
  readonly slot: number;
}
