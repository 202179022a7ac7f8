import type { Gpu } from '../device/gpu.ts';
import { ShapeError } from '../errors.ts';
import { describeShape, sameShape, sizeOf, type Shape } from '../tensor/shape.ts';
import type { Work } from './cost.ts';
import { millisecondsOf } from './estimate.ts';
import { wholeOf, type Value } from './value.ts';

/** Where a binding may begin: WebGPU lets a device ask for no more than this. */
const ALIGNMENT_BYTES = 256;

/** Rows `from` to below `from + count`. */
export interface RowBlock {
  readonly from: number;
  readonly count: number;
}

/**
 * Some rows of a value as a value of their own, of shape (count, ...), that shares its place: what is too large for
 * one binding is bound a block at a time.
 *
 * @throws {ShapeError} if the rows are not there, or do not begin where a binding may
 */
export function rows(value: Value, { from, count }: RowBlock): Value {
  const [all, ...inner] = value.shape as [number, ...number[]];
  if (from === 0 && count === all) return value;
  const rowBytes = 4 * sizeOf(inner);
  if (!(from >= 0 && count > 0 && from + count <= all) || (from * rowBytes) % ALIGNMENT_BYTES !== 0) {
    throw new ShapeError(
      `rows: expected rows of ${value.label} ${describeShape(value.shape)} that begin at a multiple of ${ALIGNMENT_BYTES} bytes, got ${count} from ${from} of ${rowBytes} bytes each`,
    );
  }
  return {
    ...value,
    label: `${value.label} [${from}, ${from + count})`,
    shape: [count, ...inner],
    part: { whole: wholeOf(value), byteOffset: (value.part?.byteOffset ?? 0) + from * rowBytes },
  };
}

/** A value of any shape as one row of elements, for ops that do not care which is where. */
export function flat(value: Value): Value {
  return reshaped(value, [sizeOf(value.shape)]);
}

/** A value (..., D) as (N,D), for ops that go row by row. */
export function asRows(value: Value): Value {
  const width = value.shape.at(-1)!;
  return reshaped(value, [sizeOf(value.shape) / width, width]);
}

function reshaped(value: Value, shape: Shape): Value {
  if (sameShape(value.shape, shape)) return value;
  return { ...value, shape, part: value.part ?? { whole: value, byteOffset: 0 } };
}

/**
 * Cuts the rows that several values share into blocks, of equal size as far as possible, such that each value's block
 * fits one binding, and one dispatch for each block takes no longer than a submission should; one block where that is
 * so of all rows. Each op decides what a block of it needs, and its results must not depend on the blocks.
 *
 * @param values all of one length along their first axis
 * @param multiple what the first row of every block must be a multiple of
 * @param work what all rows cost, each as much as the next; null where a dispatch for each block is not what costs
 * @throws {ShapeError} if so many rows of one value already exceed a binding
 */
export function rowBlocks(
  gpu: Gpu,
  values: readonly Value[],
  multiple = 1,
  work: Work | null = null,
): RowBlock[] {
  const all = values[0]!.shape[0]!;
  let most = all;
  let step = multiple;
  for (const value of values) {
    const rowBytes = 4 * sizeOf(value.shape.slice(1));
    if (all * rowBytes > gpu.largestBinding) most = Math.min(most, Math.floor(gpu.largestBinding / rowBytes));
    step = leastCommonMultiple(step, ALIGNMENT_BYTES / greatestCommonDivisor(ALIGNMENT_BYTES, rowBytes));
  }
  if (most < all && most < step) {
    const widest = values.reduce((a, b) => (sizeOf(a.shape) >= sizeOf(b.shape) ? a : b));
    throw new ShapeError(
      `${widest.label}: expected ${step} rows of ${describeShape(widest.shape)} to fit the ${gpu.largestBinding} bytes that ${gpu.name} binds at once, got ${(step * 4 * sizeOf(widest.shape)) / all} bytes; use a smaller width, or one divisible by 64`,
    );
  }
  const short = work === null ? all : (all * gpu.submissions.budgetMs) / millisecondsOf(gpu, work);
  most = Math.min(most, Math.max(step, Math.floor(short)));
  if (most >= all) return [{ from: 0, count: all }];
  const blocks = Math.ceil(all / (most - (most % step)));
  const count = Math.ceil(Math.ceil(all / blocks) / step) * step;
  return Array.from({ length: Math.ceil(all / count) }, (_, block) => ({
    from: block * count,
    count: Math.min(count, all - block * count),
  }));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
