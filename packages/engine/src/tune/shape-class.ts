import { epilogueText } from '../ops/matmul/epilogue.ts';
import { isVectorised, transposed, type MatmulProblem, type MatrixView } from '../ops/matmul/problem.ts';

/**
 * Names the products that one choice of kernels is good for, as `m1024 n2048 k512 rows columns vectors bias relu`:
 * sizes rounded up to powers of two, how the left and the right operand lie, whether the output takes whole vectors,
 * and what of an epilogue makes a kernel of its own.
 */
export function shapeClass({ batch, m, n, k, left, right, out, epilogue }: MatmulProblem): string {
  const matrices = batch[0] * batch[1];
  const sizes = [...Object.entries({ m, n, k }), ...(matrices > 1 ? [['batch', matrices] as const] : [])];
  const words = [
    ...sizes.map(([name, size]) => `${name}${2 ** Math.ceil(Math.log2(size))}`),
    layout(left, m, k),
    layout(right, k, n),
    isVectorised(out, n) ? 'vectors' : 'edge',
  ];
  return words.join(' ') + epilogueText(epilogue, false, 0).name;
}

/** Which way a (rows, columns) matrix is contiguous, and whether whole vectors can be read that way. */
function layout(matrix: MatrixView, rows: number, columns: number): string {
  if (isVectorised(matrix, columns)) return 'rows';
  if (isVectorised(transposed(matrix), rows)) return 'columns';
  return matrix.columnStride === 1 ? 'odd-rows' : 'odd-columns';
}
