import { test } from 'vitest';
import { checkGradient, type Sample, type Sums } from '../../testing/index.ts';
import { sparsityPenaltyReference } from './sparsity-penalty.reference.ts';

const FACTOR = 0.6;

test.each(['linear', 'tanh'] as const)(
  'the gradients of a %s penalty by activations and norms agree with central differences',
  (kind) => {
    const options = { kind, sharpness: 3 };
    const f: Sample = { shape: [2, 2], values: Float64Array.of(0.4, 0.1, -1, 0.7) };
    const n: Sample = { shape: [2], values: Float64Array.of(0.9, 1.3) };
    const penalty = (at: Float64Array, norms: Float64Array) =>
      sparsityPenaltyReference(at, norms, new Float64Array(4), options, FACTOR);
    const scaled = ({ values, terms }: Sums, factor: (i: number) => number) => ({
      values: values.map((value, i) => factor(i) * value),
      terms,
    });
    checkGradient(
      {
        forward: (at) => scaled(penalty(at.f, at.n).value, () => FACTOR),
        backward(at, cotangent) {
          const { h, along } = penalty(at.f, at.n);
          return {
            f: scaled(h, (i) => cotangent[i % 2]!),
            // dn/dw = w/n: what is taken along rows is minus the gradient by n, times n.
            n: scaled(along, (j) => -cotangent[j]! / at.n[j]!),
          };
        },
      },
      { f, n },
    );
  },
);
