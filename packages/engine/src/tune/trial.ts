import type { AdapterClass, Gpu } from '../device/gpu.ts';
import type { MatmulProblem, MatrixView } from '../ops/matmul/problem.ts';
import type { ProgramBuilder } from '../program/builder.ts';
import { createTensor, writeTensor, type Tensor } from '../tensor/tensor.ts';

/** Operations of the products that are measured, at most: about 100 ms of a good kernel, a second of the naive one. */
const FLOPS: Readonly<Record<AdapterClass, number>> = {
  'cpu-wide': 2 ** 31,
  'cpu-narrow': 2 ** 29,
  'gpu-subgroups': 2 ** 34,
  gpu: 2 ** 34,
};
const OUTPUTS = 2 ** 24;
/** Sizes that are halved no further: below, most tiles would lie at an edge. */
const SMALLEST = 256;

/**
 * A product like another, on operands of its own, to try kernels on: of the same layout, and of fewer rows, columns,
 * steps or matrices where the other is long.
 *
 * Operands are small whole numbers, of which float32 adds up to a million products without rounding, and scales are
 * a half: whatever the order, there is one right result, to the bit.
 */
export class Trial {
  readonly out: Tensor;
  readonly scalars: Readonly<Record<string, number>>;
  readonly #gpu: Gpu;
  readonly #problem: MatmulProblem;
  readonly #begun: Float32Array;
  readonly #operands: Partial<Record<'left' | 'right' | 'bias' | 'mask' | 'add', Tensor>>;

  constructor(gpu: Gpu, like: MatmulProblem) {
    this.#gpu = gpu;
    const { packed: _, ...problem } = like;
    const { m, n, k, batch } = (this.#problem = { ...problem, ...fewer(gpu, problem) });
    const { bias, mask, add, offset, accumulate } = problem.epilogue;
    const outputs = extent(problem.out, batch, m, n);
    const create = (label: string, size: number): Tensor =>
      createTensor(gpu, `tuning ${label}`, [size], wholes(size, label.length));
    this.#operands = {
      left: create('left', extent(problem.left, batch, m, k)),
      right: create('right', extent(problem.right, batch, k, n)),
      ...(bias && { bias: create('bias', n) }),
      ...(mask && { mask: create('mask', outputs) }),
      ...(add && { add: create('addends', outputs) }),
    };
    this.#begun = accumulate === true ? wholes(outputs, 1) : new Float32Array(outputs).fill(NaN);
    this.out = createTensor(gpu, 'tuning out', [outputs]);
    this.scalars = offset === undefined ? {} : { offset: 2 };
  }

  /** The product, for a program. */
  problem(p: ProgramBuilder): MatmulProblem {
    const { scale, offset, ...slots } = this.#problem.epilogue;
    const on = (view: MatrixView, tensor: Tensor): MatrixView => ({ ...view, value: p.persistent(tensor) });
    const { left, right, ...besides } = this.#operands;
    const values = Object.entries(besides).map(([slot, tensor]) => [slot, p.persistent(tensor)]);
    return {
      ...this.#problem,
      left: on(this.#problem.left, left!),
      right: on(this.#problem.right, right!),
      out: on(this.#problem.out, this.out),
      epilogue: {
        ...slots,
        ...Object.fromEntries(values),
        ...(scale !== undefined && { scale: 0.5 }),
        ...(offset && { offset: { scalars: p.scalars, scalar: p.scalar('offset'), scale: 1 } }),
      },
    };
  }

  /** Fills the output anew, so that no kernel gets away with what another wrote. */
  reset(): void {
    writeTensor(this.#gpu, this.out, this.#begun);
  }

  destroy(): void {
    for (const { buffer } of [this.out, ...Object.values(this.#operands)]) buffer.destroy();
  }
}

type Sizes = Pick<MatmulProblem, 'm' | 'n' | 'k' | 'batch'>;

/** Halves the largest size as long as there is too much to do; what is left of a division by four stays. */
function fewer(gpu: Gpu, { m, n, k, batch }: Sizes): Sizes {
  const sizes = { m, n, k };
  let [outer, inner] = batch;
  const half = (size: number): number => 4 * Math.floor(size / 8) + (size % 4);
  for (;;) {
    const outputs = outer * inner * sizes.m * sizes.n;
    if (2 * outputs * sizes.k <= FLOPS[gpu.adapterClass] && outputs <= OUTPUTS) break;
    const largest = (['k', 'n', 'm'] as const).reduce((a, b) => (sizes[b] > sizes[a] ? b : a));
    if (sizes[largest] > SMALLEST) sizes[largest] = half(sizes[largest]);
    else if (outer > 1) outer = Math.ceil(outer / 2);
    else if (inner > 1) inner = Math.ceil(inner / 2);
    else break;
  }
  return { ...sizes, batch: [outer, inner] };
}

/** Elements from the first of a value to the last of a matrix in it. */
function extent(view: MatrixView, batch: Sizes['batch'], rows: number, columns: number): number {
  const last =
    view.offset +
    (batch[0] - 1) * view.batchStrides[0] +
    (batch[1] - 1) * view.batchStrides[1] +
    (rows - 1) * view.rowStride +
    (columns - 1) * view.columnStride;
  return 4 * Math.ceil((last + 1) / 4);
}

/** Numbers from -3 to 4, in no order that rows or columns could share. */
function wholes(size: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 29) - 3;
  });
}
