import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { describeShape, sameShape } from '../../tensor/shape.ts';
import { blocksOf } from './blocks.ts';
import { candidates } from './families.ts';
import { view, type Epilogue, type MatmulProblem } from './problem.ts';

/** Records a product, in blocks where its matrices exceed a binding, with the family that suits the adapter's class. */
export function recordMatmul(p: ProgramBuilder, problem: MatmulProblem): void {
  for (const product of blocksOf(p.gpu, problem)) candidates(p.gpu, product)[0]!.record(p);
}

export interface MatmulOptions extends Epilogue {
  readonly label?: string;
  readonly transposeLeft?: boolean;
  readonly transposeRight?: boolean;
  /** Where the product is written, (M,N); a temporary of its own otherwise. */
  readonly into?: Value;
}

/**
 * left (M,K) · right (K,N) -> (M,N), either side transposed on request, with an epilogue.
 *
 * Not differentiable by itself: `linear` is.
 * @throws {ShapeError} if the inner dimensions differ
 */
export function matmul(p: ProgramBuilder, left: Value, right: Value, options: MatmulOptions = {}): Value {
  const { label = 'product', transposeLeft = false, transposeRight = false, into, ...epilogue } = options;
  const [m, k] = oriented(left, transposeLeft);
  const [inner, n] = oriented(right, transposeRight);
  if (k !== inner) {
    throw new ShapeError(
      `matmul: inner dimensions differ, left ${describeShape(left.shape)}${transposeLeft ? ' transposed' : ''} and right ${describeShape(right.shape)}${transposeRight ? ' transposed' : ''}`,
    );
  }
  if (into !== undefined && !sameShape(into.shape, [m, n]))
    throw new ShapeError(
      `matmul: expected room for ${describeShape([m, n])}, got ${into.label} ${describeShape(into.shape)}`,
    );
  const out = into ?? p.temporary(label, [m, n]);
  recordMatmul(p, {
    label,
    m,
    n,
    k,
    batch: [1, 1],
    left: view(left, { transpose: transposeLeft }),
    right: view(right, { transpose: transposeRight }),
    out: view(out),
    epilogue,
  });
  return out;
}

function oriented(value: Value, transpose: boolean): [number, number] {
  if (value.shape.length !== 2)
    throw new ShapeError(`matmul: expected a matrix, got ${value.label} ${describeShape(value.shape)}`);
  const [rows, columns] = value.shape as [number, number];
  return transpose ? [columns, rows] : [rows, columns];
}
