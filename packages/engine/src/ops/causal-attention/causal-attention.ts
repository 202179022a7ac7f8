import type { Gpu } from '../../device/gpu.ts';
import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import type { Op } from '../../program/op.ts';
import { rowBlocks, rows, type RowBlock } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { describeShape, sizeOf } from '../../tensor/shape.ts';
import { recordMatmul } from '../matmul/matmul.ts';
import type { Epilogue, MatrixView } from '../matmul/problem.ts';
import { softmax, softmaxBackward } from '../softmax/softmax.ts';

/** How the rows of qkv make sequences, and its columns heads. */
export interface AttentionOptions {
  readonly heads: number;
  /** T: positions a sequence; attention never crosses sequences. */
  readonly context: number;
  /** Probabilities that exist at once, at most, where a block can be as small; see blocksOf. */
  readonly probabilitiesAtOnce?: number;
}

/**
 * 32 MiB, one sequence of 8 heads at T = 1,024. On a CPU adapter less stays nearer to its cores: forward and backward of 8
 * such sequences of 4 heads took 1.18 s with 2²³ on lavapipe, 0.85 s with 2²¹, and 1.29 s kept whole.
 */
const PROBABILITIES_AT_ONCE = { cpu: 2 ** 21, gpu: 2 ** 23 };

/**
 * Causal multi-head attention: qkv (N,3D) holds queries, keys and values side by side, heads one after another in
 * each; y (N,D) = softmax(Q·Kᵀ/√(D/H), causal) · V.
 *
 * Where the probabilities (B·H,T,T) are few, they are kept for backward. Where they are many, they exist for some
 * sequences, or for some queries of one, at a time, and backward computes them again: memory then does not grow with
 * N·T, at seven products for six. A query meets the keys up to the end of its block alone.
 */
export const causalAttention: Op<
  { qkv: Value },
  { readonly [Name in 'probabilities']?: Value },
  AttentionOptions
> = {
  name: 'causalAttention',
  forward(p, { qkv }, options) {
    const size = sizes(p.gpu, qkv, options);
    const output = p.temporary('attended', [size.rows, size.width]);
    const attended = blocksOf(p.gpu, qkv, size).map((block) => {
      const probabilities = attend(p, size, qkv, block);
      product(
        p,
        size,
        block,
        'attended',
        [block.queries.count, size.headWidth, block.keys],
        square(probabilities, size, block),
        keysOf(qkv, 2, size, block),
        queriesOf(output, 0, size, block),
      );
      return probabilities;
    });
    return { output, saved: attended.length === 1 ? { probabilities: attended[0]! } : {} };
  },
  backward(p, gradient, { inputs: { qkv }, saved, options }) {
    return {
      qkv: () => {
        const size = sizes(p.gpu, qkv, options);
        const d = p.temporary(`d${qkv.label}`, qkv.shape);
        // The last queries of a sequence first: they meet all of its keys, whose sums the others then go on from.
        for (const block of blocksOf(p.gpu, qkv, size).toReversed())
          recordGradients(
            p,
            size,
            block,
            qkv,
            gradient,
            d,
            saved.probabilities ?? attend(p, size, qkv, block),
          );
        return d;
      },
    };
  },
};

/** What the queries of a block give d (N,3D): all of the gradients by themselves, and their share of those by keys and values. */
function recordGradients(
  p: ProgramBuilder,
  size: Sizes,
  block: Block,
  qkv: Value,
  gradient: Value,
  d: Value,
  probabilities: Value,
): void {
  const { headWidth } = size;
  const { queries, keys, goesOn } = block;
  const dProbabilities = p.temporary('dprobabilities', probabilities.shape);
  const dOut = queriesOf(gradient, 0, size, block);
  product(
    p,
    size,
    block,
    'dprobabilities',
    [queries.count, keys, headWidth],
    dOut,
    transposed(keysOf(qkv, 2, size, block)),
    square(dProbabilities, size, block),
  );
  const scale = 1 / Math.sqrt(headWidth);
  const dScores = square(
    softmaxBackward(p, probabilities, dProbabilities, 'dscores', true, scale),
    size,
    block,
  );
  product(
    p,
    size,
    block,
    'dqueries',
    [queries.count, headWidth, keys],
    dScores,
    keysOf(qkv, 1, size, block),
    queriesOf(d, 0, size, block),
  );
  const byKeys = [keys, headWidth, queries.count] as const;
  const sum = goesOn ? { accumulate: true } : {};
  const dKeys = keysOf(d, 1, size, block);
  const dValues = keysOf(d, 2, size, block);
  product(p, size, block, 'dkeys', byKeys, transposed(dScores), queriesOf(qkv, 0, size, block), dKeys, sum);
  product(
    p,
    size,
    block,
    'dvalues',
    byKeys,
    transposed(square(probabilities, size, block)),
    dOut,
    dValues,
    sum,
  );
}

interface Sizes {
  readonly rows: number;
  readonly width: number;
  readonly headWidth: number;
  readonly context: number;
  readonly sequences: number;
  readonly heads: number;
  readonly atOnce: number;
}

function sizes(gpu: Gpu, qkv: Value, { heads, context, probabilitiesAtOnce }: AttentionOptions): Sizes {
  const [rows, triple] = qkv.shape as [number, number];
  const width = triple / 3;
  if (qkv.shape.length !== 2 || width % heads !== 0 || rows % context !== 0) {
    throw new ShapeError(
      `causalAttention: expected qkv (N,3D) with N a multiple of the context ${context} and D of ${heads} heads, got ${describeShape(qkv.shape)}`,
    );
  }
  const atOnce = probabilitiesAtOnce ?? PROBABILITIES_AT_ONCE[gpu.isCpu ? 'cpu' : 'gpu'];
  return { rows, width, headWidth: width / heads, context, sequences: rows / context, heads, atOnce };
}

/** Some queries of some sequences, and the keys that they see. */
interface Block {
  /** Rows of qkv that are bound: all of them, or as many sequences as fit. */
  readonly bound: RowBlock;
  /** Among those. */
  readonly sequences: RowBlock;
  readonly queries: RowBlock;
  /** From the sequence's first to the last query's own. */
  readonly keys: number;
  /** Whether later queries have met these keys when backward comes here. */
  readonly goesOn: boolean;
}

/** Blocks of queries are multiples of the first, where tiles and vectors stay whole; of the second where that is too much. */
const QUERIES = [64, 4] as const;

/** Cuts the sequences, and their queries where one sequence alone has more probabilities than may exist at once. */
function blocksOf(gpu: Gpu, qkv: Value, size: Sizes): Block[] {
  const { context, sequences, heads, atOnce } = size;
  const ofQuery = heads * context;
  const together = Math.max(1, Math.floor(atOnce / (ofQuery * context)));
  const multiple = QUERIES.find((count) => count * ofQuery <= atOnce) ?? QUERIES.at(-1)!;
  const most = Math.max(1, Math.floor(atOnce / ofQuery / multiple)) * multiple;
  const bound = rowBlocks(gpu, [{ ...qkv, shape: [sequences, sizeOf(qkv.shape) / sequences] }]);
  return bound.flatMap(({ from, count }) =>
    ranges(count, together).flatMap((some) =>
      ranges(context, most, multiple).map((queries) => {
        const keys = queries.from + queries.count;
        const rowsBound = { from: from * context, count: count * context };
        return { bound: rowsBound, sequences: some, queries, keys, goesOn: keys < context };
      }),
    ),
  );
}

/** Ranges of at most so many, of equal size as far as possible, that begin at multiples. */
function ranges(all: number, most: number, multiple = 1): RowBlock[] {
  if (all <= most) return [{ from: 0, count: all }];
  const size = Math.ceil(all / Math.ceil(all / most) / multiple) * multiple;
  return Array.from({ length: Math.ceil(all / size) }, (_, i) => ({
    from: i * size,
    count: Math.min(size, all - i * size),
  }));
}

/** Records the probabilities (b·H,Q,K) of a block's queries over its keys. */
function attend(p: ProgramBuilder, size: Sizes, qkv: Value, block: Block): Value {
  const { heads, headWidth } = size;
  const { sequences, queries, keys } = block;
  const scores = p.temporary('scores', [sequences.count * heads, queries.count, keys]);
  product(
    p,
    size,
    block,
    'scores',
    [queries.count, keys, headWidth],
    queriesOf(qkv, 0, size, block),
    transposed(keysOf(qkv, 1, size, block)),
    square(scores, size, block),
    { scale: 1 / Math.sqrt(headWidth) },
  );
  return softmax.forward(p, { x: scores }, { causal: true }).output;
}

/** The block's keys in the `part`-th D columns of a (N, ·) value: (K, D/H) for every sequence and head. */
function keysOf(value: Value, part: number, size: Sizes, { bound, sequences }: Block): MatrixView {
  const { width, headWidth, context } = size;
  const columns = value.shape[1]!;
  return {
    value: rows(value, bound),
    offset: sequences.from * context * columns + part * width,
    rowStride: columns,
    columnStride: 1,
    batchStrides: [context * columns, headWidth],
  };
}

/** As keysOf, of its queries: (Q, D/H). */
function queriesOf(value: Value, part: number, size: Sizes, block: Block): MatrixView {
  const all = keysOf(value, part, size, block);
  return { ...all, offset: all.offset + block.queries.from * all.rowStride };
}

/** What a block has for every query and key: (Q,K) for every sequence and head. */
function square(value: Value, { heads }: Sizes, { queries, keys }: Block): MatrixView {
  const matrix = queries.count * keys;
  return { value, offset: 0, rowStride: keys, columnStride: 1, batchStrides: [heads * matrix, matrix] };
}

function transposed(matrix: MatrixView): MatrixView {
  return { ...matrix, rowStride: matrix.columnStride, columnStride: matrix.rowStride };
}

function product(
  p: ProgramBuilder,
  { heads }: Sizes,
  { sequences }: Block,
  label: string,
  [m, n, k]: readonly [number, number, number],
  left: MatrixView,
  right: MatrixView,
  out: MatrixView,
  epilogue: Epilogue = {},
): void {
  recordMatmul(p, { label, m, n, k, batch: [sequences.count, heads], left, right, out, epilogue });
}
