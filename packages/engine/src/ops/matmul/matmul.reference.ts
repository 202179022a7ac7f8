import { Sums } from '../../testing/reference.ts';
import type { MatrixView } from './problem.ts';

/** A matrix inside a flat array; places are those of MatrixView. */
export interface ReferenceMatrix extends Omit<MatrixView, 'value'> {
  readonly values: Float64Array;
}

export interface ReferenceProduct {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: readonly [number, number];
  readonly left: ReferenceMatrix;
  readonly right: ReferenceMatrix;
  readonly scale?: number;
  readonly bias?: Float64Array;
  readonly relu?: boolean;
}

/** A fused multiply-add rounds once; then the scale and the bias do. */
export function matmulRoundings(k: number): number {
  return k + 2;
}

/** scale · left (M,K) · right (K,N) + bias, then ReLU on request, for every batch: (outer, inner, M, N). */
export function matmulReference(problem: ReferenceProduct): Sums {
  const { m, n, k, batch = [1, 1], left, right, scale = 1, bias, relu = false } = problem;
  const product = new Sums(batch[0] * batch[1] * m * n);
  let at = 0;
  for (let outer = 0; outer < batch[0]; outer++) {
    for (let inner = 0; inner < batch[1]; inner++) {
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++, at++) {
          for (let i = 0; i < k; i++) {
            const l = left.values[place(left, outer, inner, row, i)]!;
            const r = right.values[place(right, outer, inner, i, column)]!;
            product.add(at, scale * l * r);
          }
          if (bias !== undefined) product.add(at, bias[column]!);
          if (relu) product.values[at] = Math.max(0, product.values[at]!);
        }
      }
    }
  }
  return product;
}

/** Where an element of a matrix lies. */
export function place(
  matrix: Omit<MatrixView, 'value'>,
  outer: number,
  inner: number,
  row: number,
  column: number,
): number {
  const { offset, batchStrides, rowStride, columnStride } = matrix;
  return offset + outer * batchStrides[0] + inner * batchStrides[1] + row * rowStride + column * columnStride;
}

/** A whole row-major array as a matrix. */
export function dense(values: Float64Array, columns: number): ReferenceMatrix {
  return { values, offset: 0, rowStride: columns, columnStride: 1, batchStrides: [0, 0] };
}

export function transposed<Matrix extends Omit<MatrixView, 'value'>>(matrix: Matrix): Matrix {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
}
