import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { describeShape } from '../../tensor/shape.ts';
import { recordMatmul } from '../matmul/matmul.ts';
import type { MatrixView } from '../matmul/problem.ts';
import { softmax, softmaxBackward } from '../softmax/softmax.ts';

export interface AttentionOptions {
  readonly heads: number;
  /** T: positions a sequence; attention never crosses sequences. */
  readonly context: number;
}

/**
 * Causal multi-head attention: qkv (N,3D) holds queries, keys and values side by side, heads one after another in
 * each; y (N,D) = softmax(Q·Kᵀ/√(D/H), causal) · V. The probabilities (B·H,T,T) are kept for backward.
 */
export const causalAttention: Op<{ qkv: Value }, { probabilities: Value }, AttentionOptions> = {
  name: 'causalAttention',
  forward(p, { qkv }, options) {
    const size = sizes(qkv, options);
    const { context, batch, rows, headWidth, width } = size;
    const scores = p.temporary('scores', [batch[0] * batch[1], context, context]);
    const output = p.temporary('attended', [rows, width]);
    product(
      p,
      size,
      'scores',
      [context, context, headWidth],
      head(qkv, 0, size),
      transposed(head(qkv, 1, size)),
      square(scores, size),
      1 / Math.sqrt(headWidth),
    );
    const probabilities = softmax.forward(p, { x: scores }, { causal: true }).output;
    product(
      p,
      size,
      'attended',
      [context, headWidth, context],
      square(probabilities, size),
      head(qkv, 2, size),
      head(output, 0, size),
    );
    return { output, saved: { probabilities } };
  },
  backward(p, gradient, { inputs: { qkv }, saved: { probabilities }, options }) {
    return {
      qkv: () => {
        const size = sizes(qkv, options);
        const { context, headWidth } = size;
        const dProbabilities = p.temporary('dprobabilities', probabilities.shape);
        const d = p.temporary(`d${qkv.label}`, qkv.shape);
        const dOut = head(gradient, 0, size);
        product(
          p,
          size,
          'dprobabilities',
          [context, context, headWidth],
          dOut,
          transposed(head(qkv, 2, size)),
          square(dProbabilities, size),
        );
        const scale = 1 / Math.sqrt(headWidth);
        const dScores = softmaxBackward(p, probabilities, dProbabilities, 'dscores', true, scale);
        const inner: [number, number, number] = [context, headWidth, context];
        product(p, size, 'dqueries', inner, square(dScores, size), head(qkv, 1, size), head(d, 0, size));
        product(
          p,
          size,
          'dkeys',
          inner,
          transposed(square(dScores, size)),
          head(qkv, 0, size),
          head(d, 1, size),
        );
        product(p, size, 'dvalues', inner, transposed(square(probabilities, size)), dOut, head(d, 2, size));
        return d;
      },
    };
  },
};

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly headWidth: number;
  readonly context: number;
  /** sequences, heads */
  readonly batch: readonly [number, number];
}

function sizes(qkv: Value, { heads, context }: AttentionOptions): Sizes {
  const [rows, triple] = qkv.shape as [number, number];
  const width = triple / 3;
  if (qkv.shape.length !== 2 || width % heads !== 0 || rows % context !== 0) {
    throw new ShapeError(
      `causalAttention: expected qkv (N,3D) with N a multiple of the context ${context} and D of ${heads} heads, got ${describeShape(qkv.shape)}`,
    );
  }
  return { rows, width, headWidth: width / heads, context, batch: [rows / context, heads] };
}

/** One head of the `part`-th D columns of a (N, ·) value: (T, D/H) for every sequence and head. */
function head(value: Value, part: number, { width, headWidth, context }: Sizes): MatrixView {
  const columns = value.shape[1]!;
  return {
    value,
    offset: part * width,
    rowStride: columns,
    columnStride: 1,
    batchStrides: [context * columns, headWidth],
  };
}

function square(value: Value, { context, batch }: Sizes): MatrixView {
  const matrix = context * context;
  return { value, offset: 0, rowStride: context, columnStride: 1, batchStrides: [batch[1] * matrix, matrix] };
}

function transposed(matrix: MatrixView): MatrixView {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
}

function product(
  p: ProgramBuilder,
  { batch }: Sizes,
  label: string,
  [m, n, k]: [number, number, number],
  left: MatrixView,
  right: MatrixView,
  out: MatrixView,
  scale?: number,
): void {
  recordMatmul(p, {
    label,
    m,
    n,
    k,
    batch,
    left,
    right,
    out,
    epilogue: scale === undefined ? {} : { scale },
  });
}
