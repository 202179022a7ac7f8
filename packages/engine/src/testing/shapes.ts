import type { Shape } from '../tensor/shape.ts';

/**
 * (rows, width) for kernels that give each row to one workgroup of `lanes`, or several short ones; never square, widths
 * of both forms of Column.
 */
export function rowShapes(lanes: number): (readonly [number, number])[] {
  return [
    [1, 1],
    [2, 7],
    [5, lanes - 1],
    [3, lanes],
    [2, lanes + 1],
    [13, 2 * lanes + 3],
    [7, 4 * lanes + 4],
    [200, 12],
  ];
}

/** Shapes for kernels of 64 threads that take four elements each; threads of CPU adapters visit several in the last. */
export const ELEMENTWISE_SHAPES: readonly Shape[] = [[1], [7], [255], [16, 16], [257], [5, 131], [67, 131]];

/** More rows than WebGPU takes workgroups along one axis, so that the grid must fold. */
export const FOLDED_ROWS = 65_537;

/**
 * (B,F,D) for kernels over the active entries of f (B,F): columns around a mask word of 32 and past a summary word of
 * 1,024, rows around a block of 32, widths of both forms of Column and past what a workgroup of 4 or 64 lanes holds.
 */
export const SPARSE_SIZES = [
  [1, 1, 1],
  [7, 31, 3],
  [31, 32, 4],
  [32, 33, 15],
  [33, 65, 17],
  [65, 7, 68],
  [3, 1057, 8],
  [2, 5, 261],
] as const;
