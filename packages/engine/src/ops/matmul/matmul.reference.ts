import { Sums } from '../../testing/reference.ts';
import type { MatrixView } from './problem.ts';

/** A matrix inside a flat array; places are those of MatrixView. */
export interface ReferenceMatrix extends Omit<MatrixView, 'value'> {
  readonly values: Float64Array;
}

/** Of whole outputs, in the order (outer, inner, M, N): what sums begin with, a mask, what is added. */
export interface ReferenceEpilogue {
  readonly begun?: Float64Array;
  readonly scale?: number;
  readonly bias?: Float64Array;
  readonly relu?: boolean;
  readonly offset?: number;
  readonly mask?: Float64Array;
  readonly add?: Float64Array;
}

export interface ReferenceProduct extends ReferenceEpilogue {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: readonly [number, number];
  readonly left: ReferenceMatrix;
  readonly right: ReferenceMatrix;
}

/** A fused multiply-add rounds once, or twice where an adapter takes it apart; then each slot of the epilogue may. */
export function matmulRoundings(k: number): number {
  return k + 4;
}

/** left (M,K) · right (K,N) and an epilogue, for every batch: (outer, inner, M, N). */
export function matmulReference(problem: ReferenceProduct): Sums {
  const { m, n, k, batch = [1, 1], left, right, begun, scale = 1 } = problem;
  const product = new Sums(batch[0] * batch[1] * m * n);
  let at = 0;
  for (let outer = 0; outer < batch[0]; outer++) {
    for (let inner = 0; inner < batch[1]; inner++) {
      for (let row = 0; row < m; row++) {
        for (let column = 0; column < n; column++, at++) {
          if (begun !== undefined) product.add(at, scale * begun[at]!);
          for (let i = 0; i < k; i++) {
            const l = left.values[place(left, outer, inner, row, i)]!;
            const r = right.values[place(right, outer, inner, i, column)]!;
            product.add(at, scale * l * r);
          }
          finish(product, at, column, problem);
        }
      }
    }
  }
  return product;
}

function finish(product: Sums, at: number, column: number, epilogue: ReferenceEpilogue): void {
  const { bias, relu = false, offset, mask, add } = epilogue;
  if (bias !== undefined) product.add(at, bias[column]!);
  if (relu) product.values[at] = Math.max(0, product.values[at]!);
  if (offset !== undefined) product.add(at, offset);
  if (mask !== undefined && !(mask[at]! > 0)) product.values[at] = 0;
  if (add !== undefined) product.add(at, add[at]!);
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
