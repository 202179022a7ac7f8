import type { Gpu } from '../../device/gpu.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { readTensor, type Tensor } from '../../tensor/tensor.ts';
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

/** A product to check: sizes, where each matrix lies in its buffer, and the epilogue. */
export interface ProductCase {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch?: readonly [number, number];
  readonly left?: Layout;
  readonly right?: Layout;
  readonly out?: Layout;
  readonly scale?: number;
  readonly bias?: boolean;
  readonly relu?: boolean;
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
  { m, n, k, batch = [1, 1], bias: hasBias = false, relu = false, scale = 1, ...layouts }: ProductCase,
): Promise<void> {
  const guards = guardBuffers(gpu);
  try {
    const left = operand(batch, m, k, layouts.left ?? contiguous(batch, m, k), random.normal);
    const right = operand(batch, k, n, layouts.right ?? contiguous(batch, k, n), random.normal);
    const out = operand(batch, m, n, layouts.out ?? contiguous(batch, m, n), () => NaN, GUARD);
    const bias = hasBias ? sample([n], random.normal).values : undefined;
    const p = new ProgramBuilder(gpu, 'product');
    const tensor = (label: string, values: Float64Array): Tensor =>
      upload(gpu, label, { shape: [values.length], values });
    const matrix = (label: string, { values, ...layout }: ReferenceMatrix): MatrixView => ({
      ...layout,
      value: p.persistent(tensor(label, values)),
    });
    const outView = matrix('out', out);
    record(p, {
      label: 'product',
      m,
      n,
      k,
      batch,
      left: matrix('left', left),
      right: matrix('right', right),
      out: outView,
      epilogue: { scale, relu, ...(bias === undefined ? {} : { bias: p.persistent(tensor('bias', bias)) }) },
    });
    await (await p.build()).run();
    const buffer = await readTensor(gpu, outView.value.tensor!);
    const covered = places(out, batch, m, n);
    const want = matmulReference({
      m,
      n,
      k,
      batch,
      left,
      right,
      scale,
      relu,
      ...(bias === undefined ? {} : { bias }),
    });
    assertWithinRoundings(
      'product',
      [...batch, m, n],
      covered.map((at) => buffer[at]!),
      want,
      matmulRoundings(k),
    );
    for (const at of covered) buffer[at] = GUARD;
    assertClose('guard', [buffer.length], buffer, new Float32Array(buffer.length).fill(GUARD), () => 0);
    await guards.assertIntact();
  } finally {
    guards.free();
  }
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
