import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { reluBackward } from '../activation/activation.ts';
import { columnSum } from '../column-sum/column-sum.ts';
import { matmul } from '../matmul/matmul.ts';

/** y (N,M) = x (N,D) · w (D,M) + b (M), then ReLU on request. Weights are stored inputs first, as GPT-2's Conv1D. */
export const linear: Op<
  { x: Value; w: Value; b: Value },
  Record<never, Value>,
  { readonly relu: boolean; readonly label: string }
> = {
  name: 'linear',
  forward(p, { x, w, b }, { relu, label }) {
    bindDimensions('linear', { x: ['N', 'D'], w: ['D', 'M'], b: ['M'] }, { x, w, b });
    return { output: matmul(p, x, w, { label, bias: b, relu }), saved: {} };
  },
  backward(p, gradient, { inputs: { x, w }, output, options }) {
    const d = options.relu ? reluBackward(p, gradient, output) : gradient;
    return {
      x: () => matmul(p, d, w, { label: `d${x.label}`, transposeRight: true }),
      w: () => matmul(p, x, d, { label: `d${w.label}`, transposeLeft: true }),
      b: () => columnSum(p, d),
    };
  },
};

/** y (N,V) = x (N,D) · wᵀ, with w (V,D) stored outputs first and no bias, as an unembedding is. */
export const unembed: Op<{ x: Value; w: Value }, Record<never, Value>, { readonly label: string }> = {
  name: 'unembed',
  forward(p, { x, w }, { label }) {
    bindDimensions('unembed', { x: ['N', 'D'], w: ['V', 'D'] }, { x, w });
    return { output: matmul(p, x, w, { label, transposeRight: true }), saved: {} };
  },
  backward(p, gradient, { inputs: { x, w } }) {
    return {
      x: () => matmul(p, gradient, w, { label: `d${x.label}` }),
      w: () => matmul(p, gradient, x, { label: `d${w.label}`, transposeLeft: true }),
    };
  },
};
