import { columnSumReference, columnSumRoundings } from '../column-sum/column-sum.reference.ts';
import { dense, matmulReference, matmulRoundings } from '../matmul/matmul.reference.ts';
import { transposed } from '../matmul/problem.ts';
import type { OpReference } from '../../testing/reference.ts';

/** y (N,M) = x (N,D) · w (D,M) + b (M), then ReLU on request. */
export function linearReference(
  rows: number,
  inputs: number,
  outputs: number,
  relu: boolean,
): OpReference<'x' | 'w' | 'b'> {
  const forward = ({ x, w, b }: Readonly<Record<'x' | 'w' | 'b', Float64Array>>) =>
    matmulReference({
      m: rows,
      n: outputs,
      k: inputs,
      left: dense(x, inputs),
      right: dense(w, outputs),
      bias: b,
      relu,
    });
  return {
    roundings: {
      output: matmulRoundings(inputs),
      x: matmulRoundings(outputs),
      w: matmulRoundings(rows),
      b: columnSumRoundings(rows),
    },
    forward,
    backward(point, cotangent) {
      const y = forward(point).values;
      const d = relu ? cotangent.map((value, i) => (y[i]! > 0 ? value : 0)) : cotangent;
      return {
        x: matmulReference({
          m: rows,
          n: inputs,
          k: outputs,
          left: dense(d, outputs),
          right: transposed(dense(point.w, outputs)),
        }),
        w: matmulReference({
          m: inputs,
          n: outputs,
          k: rows,
          left: transposed(dense(point.x, inputs)),
          right: dense(d, outputs),
        }),
        b: columnSumReference(d, outputs),
      };
    },
  };
}

/** y (N,V) = x (N,D) · wᵀ for w (V,D). */
export function unembedReference(rows: number, width: number, vocabulary: number): OpReference<'x' | 'w'> {
  return {
    roundings: { output: matmulRoundings(width), x: matmulRoundings(vocabulary), w: matmulRoundings(rows) },
    forward: ({ x, w }) =>
      matmulReference({
        m: rows,
        n: vocabulary,
        k: width,
        left: dense(x, width),
        right: transposed(dense(w, width)),
      }),
    backward: ({ x, w }, cotangent) => ({
      x: matmulReference({
        m: rows,
        n: width,
        k: vocabulary,
        left: dense(cotangent, vocabulary),
        right: dense(w, width),
      }),
      w: matmulReference({
        m: vocabulary,
        n: width,
        k: rows,
        left: transposed(dense(cotangent, vocabulary)),
        right: dense(x, width),
      }),
    }),
  };
}
