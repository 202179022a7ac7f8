import type { ProgramBuilder } from './builder.ts';
import type { Value } from './value.ts';

export type Values = Readonly<Record<string, Value>>;

/**
 * A differentiable operation. Forward and backward both only record dispatches; what backward needs beyond inputs
 * and output is returned by forward as `saved`, so the plan knows how long it lives.
 */
export interface Op<Inputs extends Values, Saved extends Values, Options> {
  readonly name: string;
  forward(
    p: ProgramBuilder,
    inputs: Inputs,
    options: Options,
  ): { readonly output: Value; readonly saved: Saved };
  /**
   * How to record the gradient of every input; leaving one out does not compile. Only the gradients that
   * something asks for are recorded.
   */
  backward(
    p: ProgramBuilder,
    gradient: Value,
    context: {
      readonly inputs: Inputs;
      readonly output: Value;
      readonly saved: Saved;
      readonly options: Options;
    },
  ): { readonly [Input in keyof Inputs]: () => Value };
}

/** One application of an op, as the builder remembers it for reverse mode. */
export interface Application {
  readonly output: Value;
  readonly inputs: Values;
  readonly backward: (p: ProgramBuilder, gradient: Value) => Readonly<Record<string, () => Value>>;
}
