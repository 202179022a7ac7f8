/**
 * (rows, width) for kernels that give each row to a workgroup of 4 or 8 lanes, as on SwiftShader and lavapipe, or of
 * 64, and several short ones to one on a CPU; and that read four elements at a time where they can.
 */
export const ROW_TILES = [4, 8, 64];
export const ROW_SIZES: [rows: number, width: number][] = [
  [1, 1],
  [2, 3],
  [1, 4],
  [3, 5],
  [2, 7],
  [5, 8],
  [1, 9],
  [5, 63],
  [3, 64],
  [2, 65],
  [13, 131],
  [7, 260],
  [200, 12],
];

/** (rows, width) for kernels that read rows with edges, which begin and end anywhere in a vec4f; see forRows. */
export const EDGED_SIZES: [rows: number, width: number][] = [
  [5, 257],
  [3, 258],
  [5, 259],
  [2, 1021],
];

/**
 * Numbers of elements for kernels of 64 threads that take one element each, or four; threads of CPU adapters visit
 * several in the last.
 */
export const COUNT_TILES = [4, 64, 256];
export const COUNTS: [count: number][] = [1, 3, 4, 5, 7, 63, 64, 65, 255, 256, 257, 8777].map((n) => [n]);

/**
 * (B,F,D) for kernels over the active entries of f (B,F): rows and columns around a mask word of 32, and past a
 * summary word of 1,024 and to it; widths of both forms of Column and past what a workgroup of 4, 8 or 64 lanes holds.
 */
export const SPARSE_TILES = [4, 8, 16, 32, 64, 1024];
export const SPARSE_SIZES: [rows: number, features: number, width: number][] = [
  [1, 1, 1],
  [7, 31, 3],
  [8, 32, 4],
  [9, 33, 5],
  [31, 64, 15],
  [32, 65, 16],
  [33, 63, 17],
  [65, 7, 68],
  [2, 1023, 7],
  [2, 1024, 8],
  [1, 1025, 2],
  [3, 1057, 9],
  [2, 5, 261],
];
