import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { describeShape, sameShape } from '../../tensor/shape.ts';
import { learnKernels } from '../../tune/measure-product.ts';
import { shapeClass } from '../../tune/shape-class.ts';
import { blocksOf } from './blocks.ts';
import { candidates } from './families.ts';
import { view, type Epilogue, type MatmulProblem } from './problem.ts';

/**
 * Records a product, in blocks where its matrices exceed a binding, with the kernels that the device's tuning chooses.
 *
 * @throws {TuningError} if it chooses some that do not compute the product; where kernels are measured, building does
 */
export function recordMatmul(p: ProgramBuilder, problem: MatmulProblem): void {
  const products = blocksOf(p.gpu, problem);
  for (const product of products) p.gpu.tuning.met(product);
  if (p.gpu.tuning.measures) {
    p.defer(async () => {
      for (const product of products) await recordMeasured(p, product);
    });
  } else {
    for (const product of products) recordChosen(p, product);
  }
}

/** @returns false where the choice is to be measured first, and nothing was recorded */
function recordChosen(p: ProgramBuilder, problem: MatmulProblem): boolean {
  const kernels = candidates(p.gpu, problem);
  const names = kernels.map(({ name }) => name);
  const name = p.gpu.tuning.choose(shapeClass(problem), names);
  if (name === null) return false;
  kernels[names.indexOf(name)]!.record(p);
  return true;
}

async function recordMeasured(p: ProgramBuilder, problem: MatmulProblem): Promise<void> {
  if (recordChosen(p, problem)) return;
  const { gpu } = p;
  await learnKernels(gpu, problem);
  if (recordChosen(p, problem)) return;
  // What was measured is smaller than what is long, and may be computed in more ways.
  const [first] = candidates(gpu, problem);
  gpu.tuning.use(shapeClass(problem), first!.name);
  first!.record(p);
}

/** How the operands lie, where the product goes, and what happens to its sums. */
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
