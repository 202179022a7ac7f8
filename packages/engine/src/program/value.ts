import { ProgramError } from '../errors.ts';
import type { DType, Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/shape.ts';

/** A tensor as a program sees it: either one that lives outside, or a temporary that the plan gives a place. */
export interface Value {
  readonly label: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Null for temporaries. */
  readonly tensor: Tensor | null;
  /** The value that this is a block of rows of, and where it begins there; null for a whole value. */
  readonly part: { readonly whole: Value; readonly byteOffset: number } | null;
  /** Set for a temporary that lies in a storage texture, as packed operands may; see texture.ts. */
  readonly inTexture?: true;
}

/** The value whose place a value has: itself, or the one that it is a block of rows of. */
export function wholeOf(value: Value): Value {
  return value.part?.whole ?? value;
}

/**
 * A number that changes from run to run (learning rate, step). It has none while a program is recorded: kernels
 * take it as a constant that says where to find it, and run() gives it anew each time. Whoever tries to compute
 * with it, which would bake the number of one run into all, is stopped.
 */
export class Scalar {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  [Symbol.toPrimitive](): never {
    throw new ProgramError(
      `expected a number, got the scalar "${this.name}", which has none while a program is recorded; give ops the scalar itself, and its number to run()`,
    );
  }

  toJSON(): never {
    return this[Symbol.toPrimitive]();
  }
}
