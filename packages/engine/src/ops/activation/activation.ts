import type { ProgramBuilder } from '../../program/builder.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'activation', source: new URL('./activation.wgsl', import.meta.url) };

/** The activation functions of GPT-2's family, by their Hugging Face names. */
export const ACTIVATIONS = ['relu', 'gelu', 'gelu_new'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** y = act(x), element by element; `gelu` is exact, `gelu_new` is the tanh form. */
export const activation: Op<{ x: Value }, Record<never, Value>, { readonly kind: Activation }> = {
  name: 'activation',
  forward(p, { x }, { kind }) {
    return { output: record(p, `${kind} ${x.label}`, x, x, kind, 0), saved: {} };
  },
  backward(p, gradient, { inputs: { x }, options: { kind } }) {
    return { x: () => record(p, `d${x.label}`, x, gradient, kind, 1) };
  },
};

/** The gradient before a ReLU, given the gradient after it and its output (which is positive where its input is). */
export function reluBackward(p: ProgramBuilder, gradient: Value, output: Value): Value {
  return record(p, `d pre-${output.label}`, output, gradient, 'relu', 1);
}

function record(
  p: ProgramBuilder,
  label: string,
  x: Value,
  gradient: Value,
  kind: Activation,
  backward: 0 | 1,
): Value {
  const y = p.temporary(label, x.shape);
  const count = Math.ceil(sizeOf(x.shape) / 4);
  p.dispatch(
    KERNEL,
    { COUNT: count, KIND: ACTIVATIONS.indexOf(kind), BACKWARD: backward },
    [x, gradient, y],
    Math.ceil(count / 64),
  );
  return y;
}
