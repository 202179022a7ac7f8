import { bytesOf, type Work } from '../../program/cost.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';
import type { PackedOperands } from './packed.ts';

/**
 * A matrix inside a value: element (row, column) of batch (outer, inner) lies at
 * offset + outer * batchStrides[0] + inner * batchStrides[1] + row * rowStride + column * columnStride.
 * Transposes and slices (one head of many) are views, so every product is the same problem.
 */
export interface MatrixView {
  readonly value: Value;
  readonly offset: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly batchStrides: readonly [number, number];
}

/** What happens to a sum before it is stored, in this order. Values beside `bias` lie as the output does. */
export interface Epilogue {
  /** Begins with what the output holds: the sum over a first part of the depth. */
  readonly accumulate?: boolean;
  /** Multiplies the sum. */
  readonly scale?: number;
  /** (N), added to every row. */
  readonly bias?: Value;
  readonly relu?: boolean;
  /** A scalar of the program times a number, added to every sum. */
  readonly offset?: { readonly scalars: Value; readonly scalar: Scalar; readonly scale: number };
  /** (M,N): the sum becomes zero where this is not positive. */
  readonly mask?: Value;
  /** (M,N), added. */
  readonly add?: Value;
}

/** out (M,N) = epilogue(left (M,K) · right (K,N)), for every batch. Columns of `out` are contiguous. */
export interface MatmulProblem {
  readonly label: string;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: readonly [number, number];
  readonly left: MatrixView;
  readonly right: MatrixView;
  readonly out: MatrixView;
  readonly epilogue: Epilogue;
  /** Shared with other products of the same operands, recorded one after another; absent where there are none. */
  readonly packed?: PackedOperands;
}

/** A product of all batches and its epilogue; each matrix is touched once. A family that packs adds packCost. */
export function matmulCost({
  batch,
  m,
  n,
  k,
  epilogue,
}: Omit<MatmulProblem, 'label' | 'packed' | MatrixName>): Work {
  const elements = batch[0] * batch[1] * m * n;
  const { scale = 1, bias, offset, mask, add, accumulate = false } = epilogue;
  const operations = [scale !== 1, bias !== undefined, offset !== undefined, add !== undefined];
  const touched = [true, mask !== undefined, add !== undefined, accumulate];
  return {
    flops: elements * (2 * k + operations.filter(Boolean).length),
    bytes: bytesOf(
      batch[0] * batch[1] * (m * k + k * n),
      elements * touched.filter(Boolean).length,
      bias === undefined ? 0 : n,
    ),
  };
}

type MatrixName = 'left' | 'right' | 'out';

/** Reads the elements of a matrix in every batch and writes them, with the zeros that pad them. */
export function packCost({ elements, packed }: { elements: number; packed: Value }): Work {
  return { flops: 0, bytes: bytesOf(elements, sizeOf(packed.shape)) };
}

/** A whole value as a matrix, or its transpose. */
export function view(value: Value, options: { transpose?: boolean } = {}): MatrixView {
  const columns = value.shape.at(-1)!;
  const [rowStride, columnStride] = options.transpose === true ? [1, columns] : [columns, 1];
  return { value, offset: 0, rowStride, columnStride, batchStrides: [0, 0] };
}

/** The same elements, rows for columns. */
export function transposed<Matrix extends Omit<MatrixView, 'value'>>(matrix: Matrix): Matrix {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
}

/** True when rows can be read and written four elements at a time. */
export function isVectorised(matrix: MatrixView, columns: number): boolean {
  return (
    matrix.columnStride === 1 &&
    columns % 4 === 0 &&
    [matrix.offset, matrix.rowStride, ...matrix.batchStrides].every((stride) => stride % 4 === 0)
  );
}

/** WGSL for a matrix view's uniform fields; `viewSizes` fills them in the same order. */
export function viewFields(name: string): string {
  return ['Offset', 'RowStride', 'ColumnStride', 'BatchOuter', 'BatchInner']
    .map((field) => `${name}${field}: u32`)
    .join(', ');
}

/** The numbers of viewFields, in its order. */
export function viewSizes(matrix: MatrixView): number[] {
  return [matrix.offset, matrix.rowStride, matrix.columnStride, ...matrix.batchStrides];
}

/** WGSL for the base offset of a matrix in batch `z`; sizes.batchInner is the number of inner batches. */
export function baseExpression(name: string): string {
  return `sizes.${name}Offset + (z / sizes.batchInner) * sizes.${name}BatchOuter + (z % sizes.batchInner) * sizes.${name}BatchInner`;
}

/** The bits of a float32, for a uniform of u32. */
export function floatBits(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]!;
}
