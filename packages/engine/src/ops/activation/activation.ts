import { KernelError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Op } from '../../program/op.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'activation', source: new URL('./activation.wgsl', import.meta.url) };

/** The activation functions of GPT-2's family, by their Hugging Face names. */
export const ACTIVATIONS = ['relu', 'gelu', 'gelu_new'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** Operations an element, of the function and of its gradient times the cotangent. */
const OPERATIONS: Readonly<Record<Activation, { readonly forward: number; readonly backward: number }>> = {
  relu: { forward: 0, backward: 0 },
  // x/2 · (1 + erf(x/√2)), and g · (Φ(x) + x · exp(-x²/2)/√(2π))
  gelu: { forward: 5, backward: 11 },
  // x/2 · (1 + t) with t = tanh(√(2/π) · (x + 0.044715 x³)), and g · ((1 + t)/2 + x · (1 - t²) · (a + b x²))
  gelu_new: { forward: 9, backward: 16 },
};

export const activationCost = {
  forward: ({ N, kind }: { N: number; kind: Activation }): Work => ({
    flops: OPERATIONS[kind].forward * N,
    bytes: bytesOf(2 * N),
  }),
  backward: ({ N, kind }: { N: number; kind: Activation }): Work => ({
    flops: OPERATIONS[kind].backward * N,
    bytes: bytesOf(3 * N),
  }),
};

/** y = act(x), element by element; `gelu` is exact, `gelu_new` is the tanh form. */
export const activation: Op<{ x: Value }, Record<never, Value>, { readonly kind: Activation }> = {
  name: 'activation',
  forward(p, { x }, { kind }) {
    if (!ACTIVATIONS.includes(kind))
      throw new KernelError(`activation: expected a kind of ${ACTIVATIONS.join(', ')}, got ${String(kind)}`);
    return { output: record(p, `${kind} ${x.label}`, x, x, kind, 'forward'), saved: {} };
  },
  backward(p, gradient, { inputs: { x }, options: { kind } }) {
    return { x: () => record(p, `d${x.label}`, x, gradient, kind, 'backward') };
  },
};

/** The gradient before a ReLU, given the gradient after it and its output (which is positive where its input is). */
export function reluBackward(p: ProgramBuilder, gradient: Value, output: Value): Value {
  return record(p, `d pre-${output.label}`, output, gradient, 'relu', 'backward');
}

function record(
  p: ProgramBuilder,
  label: string,
  x: Value,
  gradient: Value,
  kind: Activation,
  direction: 'forward' | 'backward',
): Value {
  const y = p.temporary(label, x.shape);
  for (const block of rowBlocks(
    p.gpu,
    [flat(x)],
    1,
    activationCost[direction]({ N: sizeOf(x.shape), kind }),
  )) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    p.dispatch({
      kernel: KERNEL,
      constants: {
        COUNT: count,
        ...spread.constants,
        KIND: ACTIVATIONS.indexOf(kind),
        BACKWARD: direction === 'backward' ? 1 : 0,
      },
      bindings: [x, gradient, y].map((value) => rows(flat(value), block)),
      groups: spread.groups,
      cost: activationCost[direction]({ N: block.count, kind }),
    });
  }
  return y;
}
