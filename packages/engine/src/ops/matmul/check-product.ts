import type { Gpu } from '../../device/gpu.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { readTensor } from '../../tensor/tensor.ts';
import {
  assertClose,
  assertWithinRoundings,
  guardBuffers,
  sample,
  upload,
  type SeededRandom,
} from '../../testing/index.ts';
import { matmulReference, matmulRoundings, place, type ReferenceMatrix } from './matmul.reference.ts';
import type { MatmulProblem, MatrixView } from './problem.ts';

type Layout = Omit<MatrixView, 'value'>;

/** A product to check: sizes, where each matrix lies in its buffer, and the slots of the epilogue that are used. */
export interface ProductCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: readonly [number, number];
  readonly left?: Layout;
  readonly right?: Layout;
  readonly out?: Layout;
  readonly accumulate?: boolean;
  readonly scale?: number;
  readonly bias?: boolean;
  readonly relu?: boolean;
  /** What is added before the mask: a scalar of the program of that value, times two. */
  readonly offset?: number;
  readonly mask?: boolean;
  readonly add?: boolean;
}

/** What an element of the output buffer holds that no matrix covers; it must hold it afterwards too. */
const GUARD = 12_345;

/**
 * Runs one product and fails unless it agrees with the reference. Elements of the operands' buffers outside their
 * matrices are NaN, so a read that strays shows in the result; those of the output's buffer are guarded.
 */
export async function checkProduct(
  gpu: Gpu,
  record: (p: ProgramBuilder, problem: MatmulProblem) => void,
  random: SeededRandom,
  product: ProductCase,
): Promise<void> {
  const guards = guardBuffers(gpu);
  try {
    const data = draw(random, product);
    const { m, n, batch, covered } = data;
    const p = new ProgramBuilder(gpu, 'product');
    const problem = problemOf(p, product, data);
    record(p, problem);
    await (await p.build()).run(product.offset === undefined ? {} : { offset: product.offset });
    const buffer = await readTensor(gpu, problem.out.value.tensor!);
    const got = covered.map((at) => buffer[at]!);
    const want = matmulReference(referenceOf(product, data));
    assertWithinRoundings('product', [...batch, m, n], got, want, matmulRoundings(product.k));
    for (const at of covered) buffer[at] = GUARD;
    assertClose('guard', [buffer.length], buffer, new Float32Array(buffer.length).fill(GUARD), () => 0);
    await guards.assertIntact();
  } finally {
    guards.free();
  }
}

/** Numbers for a case: its matrices, and what its epilogue reads. */
function draw(random: SeededRandom, { m, n, k, batch = [1, 1], ...options }: ProductCase) {
  const layout = options.out ?? contiguous(batch, m, n);
  const left = operand(batch, m, k, options.left ?? contiguous(batch, m, k), random.normal);
  const right = operand(batch, k, n, options.right ?? contiguous(batch, k, n), random.normal);
  const begun = options.accumulate === true ? random.normal : () => NaN;
  const out = operand(batch, m, n, layout, begun, GUARD);
  const besides = (wanted: boolean | undefined) =>
    wanted === true ? operand(batch, m, n, layout, random.normal) : undefined;
  const mask = besides(options.mask);
  const add = besides(options.add);
  const bias = options.bias === true ? sample([n], random.normal).values : undefined;
  return { m, n, k, batch, left, right, out, covered: places(out, batch, m, n), mask, add, bias };
}

type Drawn = ReturnType<typeof draw>;

/** The case as a program computes it. */
function problemOf(
  p: ProgramBuilder,
  { scale = 1, relu = false, accumulate = false, offset }: ProductCase,
  { m, n, k, batch, left, right, out, mask, add, bias }: Drawn,
): MatmulProblem {
  const persistent = (label: string, values: Float64Array): Value =>
    p.persistent(upload(p.gpu, label, { shape: [values.length], values }));
  const matrix = (label: string, { values, ...rest }: ReferenceMatrix): MatrixView => ({
    ...rest,
    value: persistent(label, values),
  });
  return {
    label: 'product',
    m,
    n,
    k,
    batch,
    left: matrix('left', left),
    right: matrix('right', right),
    out: matrix('out', out),
    epilogue: {
      scale,
      relu,
      accumulate,
      ...(bias && { bias: persistent('bias', bias) }),
      ...(offset !== undefined && {
        offset: { scalars: p.scalars, scalar: p.scalar('offset'), scale: 2 },
      }),
      ...(mask && { mask: persistent('mask', mask.values) }),
      ...(add && { add: persistent('add', add.values) }),
    },
  };
}

/** The case as the reference computes it. */
function referenceOf(
  { scale = 1, relu = false, accumulate = false, offset }: ProductCase,
  { m, n, k, batch, left, right, out, covered, mask, add, bias }: Drawn,
) {
  const whole = (values: Float64Array | undefined) =>
    values === undefined ? undefined : Float64Array.from(covered, (at) => values[at]!);
  const epilogue = {
    begun: accumulate ? whole(out.values) : undefined,
    bias,
    offset: offset === undefined ? undefined : 2 * offset,
    mask: whole(mask?.values),
    add: whole(add?.values),
  };
  return { m, n, k, batch, left, right, scale, relu, ...defined(epilogue) };
}

/** Without the keys that have no value. */
function defined<T extends object>(options: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]?: NonNullable<T[Key]> };
}

/** Matrices one after another without a gap. */
function contiguous(batch: readonly [number, number], rows: number, columns: number): Layout {
  const size = rows * columns;
  return { offset: 0, rowStride: columns, columnStride: 1, batchStrides: [batch[1] * size, size] };
}

function operand(
  batch: readonly [number, number],
  rows: number,
  columns: number,
  layout: Layout,
  draw: () => number,
  elsewhere = NaN,
): ReferenceMatrix {
  const covered = places(layout, batch, rows, columns);
  const values = new Float64Array(covered.reduce((highest, at) => Math.max(highest, at), 0) + 6).fill(
    elsewhere,
  );
  for (const at of covered) values[at] = Math.fround(draw());
  return { ...layout, values };
}

function places(layout: Layout, batch: readonly [number, number], rows: number, columns: number): number[] {
  const all: number[] = [];
  for (let outer = 0; outer < batch[0]; outer++)
    for (let inner = 0; inner < batch[1]; inner++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) all.push(place(layout, outer, inner, row, column));
  return all;
}
