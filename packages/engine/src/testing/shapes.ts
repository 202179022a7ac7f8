import type { Shape } from '../tensor/shape.ts';

/** Extents where a loop over tiles goes wrong: one, a prime, just below a tile, a tile, just above, and past two. */
export function extentsAround(tile: number): number[] {
  return [1, 7, tile - 1, tile, tile + 1, 2 * tile + 3];
}

/** (rows, width) for kernels that give each row to one workgroup of `lanes`; never square, mostly no multiple of 4. */
export function rowShapes(lanes: number): (readonly [number, number])[] {
  return [
    [1, 1],
    [2, 7],
    [5, lanes - 1],
    [3, lanes],
    [2, lanes + 1],
    [13, 2 * lanes + 3],
  ];
}

/** Shapes for kernels of 64 threads that take four elements each. */
export const ELEMENTWISE_SHAPES: readonly Shape[] = [[1], [7], [255], [16, 16], [257], [5, 131]];

/** More rows than WebGPU takes workgroups along one axis, so that the grid must fold. */
export const FOLDED_ROWS = 65_537;
