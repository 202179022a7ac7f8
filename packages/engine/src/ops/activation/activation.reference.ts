import { Sums, type OpReference } from '../../testing/reference.ts';
import type { Activation } from './activation.ts';

/** An activation function with its slope. */
export interface Curve {
  readonly value: (x: number) => number;
  readonly slope: (x: number) => number;
}

const SQRT_TAU = Math.sqrt(2 * Math.PI);

export const CURVES: Readonly<Record<Activation, Curve>> = {
  relu: {
    value: (x) => Math.max(x, 0),
    slope: (x) => (x > 0 ? 1 : 0),
  },
  // x · Φ(x), with Φ the normal distribution's cumulative function.
  gelu: {
    value: (x) => x * cumulative(x),
    slope: (x) => cumulative(x) + (x * Math.exp((-x * x) / 2)) / SQRT_TAU,
  },
  // The tanh form: x/2 · (1 + tanh u) with u = √(2/π) · (x + 0.044715 x³).
  gelu_new: {
    value: (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
    slope: (x) => {
      const t = Math.tanh(inner(x));
      return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * innerSlope(x);
    },
  },
};

/** y = act(x), element by element. */
export function activationReference(kind: Activation, size: number): OpReference<'x'> {
  const { value, slope } = CURVES[kind];
  // ReLU picks or multiplies by one, exactly. The GELUs: WGSL gives exp about 3 units in the last place, the error
  // function's polynomial has an absolute error of 2.5 units of 2⁻²⁴ and a tanh made from exponentials about 4; a
  // dozen products around them round once each.
  const c = kind === 'relu' ? 0 : 20;
  return {
    roundings: { output: c, x: c },
    forward({ x }) {
      const y = new Sums(size);
      for (let i = 0; i < size; i++) y.add(i, value(x[i]!), Math.abs(x[i]!));
      return y;
    },
    backward({ x }, cotangent) {
      const d = new Sums(size);
      // A slope is made of terms of at most 1 + |x|.
      for (let i = 0; i < size; i++)
        d.add(i, cotangent[i]! * slope(x[i]!), Math.abs(cotangent[i]!) * (1 + Math.abs(x[i]!)));
      return { x: d };
    },
  };
}

function inner(x: number): number {
  return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
}

function innerSlope(x: number): number {
  return Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
}

function cumulative(x: number): number {
  return 0.5 * (1 + erf(x / Math.SQRT2));
}

/** The error function: 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, whose terms share one sign, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x); // 1 - |erf| is below 2e-17 there
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
