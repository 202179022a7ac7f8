import type { Gpu } from '../../device/gpu.ts';
import { rowBlocks, rows, type RowBlock } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';
import { PackedOperands } from './packed.ts';
import type { Epilogue, MatmulProblem, MatrixView } from './problem.ts';

/** An index that a product goes over. A matrix is cut along the one that counts the rows of its value. */
type Axis = 'batch' | 'm' | 'n' | 'k';
type Lengths = Readonly<Record<Axis, number>>;
type Box = Readonly<Record<Axis, RowBlock>>;

/** Blocks begin at multiples of this, so that vectors of four stay whole. */
const VECTOR = 4;
/** Blocks of columns do where there is a bias, which can be bound from such places alone. */
const BIAS = 64;

/**
 * Cuts a product whose matrices exceed a binding into products of blocks of rows that do not, to be recorded in this
 * order. Where the depth is cut, a product begins with the sum over what comes before: sums keep their order, and so
 * their bits with a family that adds in order of depth.
 *
 * A matrix that cannot be cut stays whole; the dispatch that binds it then says what does not fit.
 */
export function blocksOf(gpu: Gpu, problem: MatmulProblem): readonly MatmulProblem[] {
  const { label, batch, m, n, k, epilogue } = problem;
  const lengths: Lengths = { batch: batch[0], m, n, k };
  const left = matrixOf(problem.left, ['batch', 'm', 'k'], batch, lengths);
  const right = matrixOf(problem.right, ['batch', 'k', 'n'], batch, lengths);
  const out = matrixOf(problem.out, ['batch', 'm', 'n'], batch, lengths);
  const like = (value: Value): Matrix => ({ ...out, view: { ...out.view, value } });
  const { mask, add } = epilogue;
  const matrices = [left, right, out, ...[mask, add].flatMap((value) => (value ? [like(value)] : []))];
  const along = (axis: Axis): RowBlock[] => {
    const shape = (value: Value) => [lengths[axis], sizeOf(value.shape) / lengths[axis]];
    const cut = matrices.filter((matrix) => matrix.cut === axis);
    if (cut.length === 0) return [{ from: 0, count: lengths[axis] }];
    const values = cut.map(({ view: { value } }) => ({ ...value, shape: shape(value) }));
    return rowBlocks(gpu, values, axis === 'batch' ? 1 : axis === 'n' && epilogue.bias ? BIAS : VECTOR);
  };
  const [ofBatch, ofM, ofN, ofK] = [along('batch'), along('m'), along('n'), along('k')];
  if ([ofBatch, ofM, ofN, ofK].every(({ length }) => length === 1)) return [problem];

  const packed = new PackedOperands();
  const products: MatmulProblem[] = [];
  for (const b of ofBatch) {
    const box = { batch: b, m: ofM[0]!, n: ofN[0]!, k: ofK[0]! };
    const lefts = ofK.map((depth) => ofM.map((row) => blockOf(left, { ...box, m: row, k: depth }, lengths)));
    for (const column of ofN) {
      ofK.forEach((depth, i) => {
        const rightBlock = blockOf(right, { ...box, n: column, k: depth }, lengths);
        ofM.forEach((row, j) => {
          const at = { ...box, m: row, n: column, k: depth };
          const part = (value: Value): Value => blockOf(like(value), at, lengths).value;
          const accumulate = i > 0 || epilogue.accumulate === true;
          products.push({
            label,
            m: row.count,
            n: column.count,
            k: depth.count,
            batch: [b.count, batch[1]],
            left: lefts[i]![j]!,
            right: rightBlock,
            out: blockOf(out, at, lengths),
            epilogue:
              i < ofK.length - 1 ? { accumulate } : { ...epilogueOf(epilogue, column, part), accumulate },
            packed,
          });
        });
      });
    }
  }
  return products;
}

interface Matrix {
  readonly view: MatrixView;
  /** What its batches, rows and columns are. */
  readonly axes: readonly [Axis, Axis, Axis];
  /** The axis that the rows of its value go along; null where they go along none. */
  readonly cut: Axis | null;
}

function matrixOf(
  view: MatrixView,
  axes: Matrix['axes'],
  batch: MatmulProblem['batch'],
  lengths: Lengths,
): Matrix {
  const { value, batchStrides, rowStride, columnStride } = view;
  const all = value.shape[0]!;
  const pitch = sizeOf(value.shape) / all;
  const strides = [batchStrides[0], rowStride, columnStride];
  const cut = axes.find((axis, i) => {
    if (axis === 'batch') return batch[0] > 1 && strides[i]! * batch[0] === all * pitch;
    return batch[0] * batch[1] === 1 && strides[i] === pitch && all === lengths[axis];
  });
  return { view, axes, cut: cut ?? null };
}

/** The part of a matrix that lies in a box. */
function blockOf({ view, axes, cut }: Matrix, box: Box, lengths: Lengths): MatrixView {
  const strides = [view.batchStrides[0], view.rowStride, view.columnStride];
  let { value, offset } = view;
  axes.forEach((axis, i) => {
    const { from, count } = box[axis];
    const unit = value.shape[0]! / lengths[axis];
    if (axis === cut) value = rows(value, { from: from * unit, count: count * unit });
    else offset += from * strides[i]!;
  });
  return { ...view, value, offset };
}

function epilogueOf(epilogue: Epilogue, columns: RowBlock, part: (value: Value) => Value): Epilogue {
  const { bias, mask, add } = epilogue;
  return {
    ...epilogue,
    ...(bias && { bias: rows(bias, columns) }),
    ...(mask && { mask: part(mask) }),
    ...(add && { add: part(add) }),
  };
}
