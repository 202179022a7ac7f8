import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { rowBlocks, rows, type RowBlock } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { bindDimensions, checkCount } from '../../tensor/shape.ts';
import { matmul, recordMatmul } from '../matmul/matmul.ts';
import { view } from '../matmul/problem.ts';

const UPDATE: Kernel = {
  label: 'unembed-cross-entropy/update',
  source: new URL('./update.wgsl', import.meta.url),
  reduces: true,
};
const GRADIENT: Kernel = {
  label: 'unembed-cross-entropy/gradient',
  source: new URL('./gradient.wgsl', import.meta.url),
};

interface ChunkSizes {
  readonly N: number;
  /** Columns of the chunk. */
  readonly C: number;
  /** Whether something is known of the rows already. */
  readonly begun: boolean;
}

export const unembedCrossEntropyCost = {
  /** subtract the highest, exponentiate, sum; both sums scaled to one highest; the logarithm back, less the target */
  update: ({ N, C, begun }: ChunkSizes): Work => ({
    flops: N * (3 * C + (begun ? 10 : 3)),
    bytes: bytesOf(N * C, N * ((begun ? 6 : 3) + 3)),
  }),
  /** subtract, exponentiate, multiply; one less at the target */
  gradient: ({ N, C }: Pick<ChunkSizes, 'N' | 'C'>): Work => ({
    flops: N * (3 * C + 1),
    bytes: bytesOf(2 * N * C, 3 * N),
  }),
};

/** What is predicted, and how much of it at a time. */
export interface UnembedCrossEntropyOptions {
  /** (N) u32 below V */
  readonly targets: Value;
  /** Entries of the vocabulary whose logits exist at a time; a multiple of 64, which binds rows of any width. */
  readonly chunk: number;
}

/**
 * Cross-entropy in nats of what an unembedding predicts: x (N,D), w (V,D), targets (N) -> loss (N), as unembed and
 * crossEntropy give it, without the logits (N,V) ever being there whole. Backward computes each chunk of them again:
 * four products of N·V·D instead of three, in N·chunk numbers of memory instead of 2·N·V.
 */
export const unembedCrossEntropy: Op<{ x: Value; w: Value }, { logSum: Value }, UnembedCrossEntropyOptions> =
  {
    name: 'unembedCrossEntropy',
    forward(p, { x, w }, { targets, chunk }) {
      const { N, V } = bindDimensions(
        'unembedCrossEntropy',
        { x: ['N', 'D'], w: ['V', 'D'], targets: { u32: ['N'] } },
        { x, w, targets },
      );
      checkChunk(chunk, V, x.shape[1]!);
      const loss = p.temporary('loss', [N]);
      const logSum = p.temporary('log sum', [N]);
      const running = p.temporary('running sums', [N, 3]);
      for (const part of chunksOf(V, chunk)) {
        const logits = logitsOf(p, x, w, part);
        const work = unembedCrossEntropyCost.update({ N, C: part.count, begun: part.from > 0 });
        for (const block of rowBlocks(p.gpu, [logits, running, loss], 1, work)) {
          const spread = spreadRows(p.gpu, block.count, part.count);
          p.dispatch({
            kernel: forWidth(UPDATE, part.count),
            constants: { ROWS: block.count, CHUNK: part.count, ...spread.constants },
            bindings: [logits, targets, running, logSum, loss].map((value) => rows(value, block)),
            groups: spread.groups,
            sizes: Uint32Array.of(part.from),
            cost: unembedCrossEntropyCost.update({ N: block.count, C: part.count, begun: part.from > 0 }),
          });
        }
      }
      return { output: loss, saved: { logSum } };
    },
    backward(p, gradient, { inputs: { x, w }, saved: { logSum }, options: { targets, chunk } }) {
      // Both gradients come from the same chunks, whichever is asked for first.
      let recorded: { dx: Value; dw: Value } | null = null;
      const both = () => (recorded ??= recordGradients(p, x, w, targets, logSum, gradient, chunk));
      return { x: () => both().dx, w: () => both().dw };
    },
  };

function recordGradients(
  p: ProgramBuilder,
  x: Value,
  w: Value,
  targets: Value,
  logSum: Value,
  gradient: Value,
  chunk: number,
): { dx: Value; dw: Value } {
  const [[N, D], [V]] = [x.shape as [number, number], w.shape as [number, number]];
  const dx = p.temporary(`d${x.label}`, x.shape);
  const dw = p.temporary(`d${w.label}`, w.shape);
  for (const part of chunksOf(V, chunk)) {
    const d = logitsOf(p, x, w, part);
    const work = unembedCrossEntropyCost.gradient({ N, C: part.count });
    for (const block of rowBlocks(p.gpu, [d, logSum], 1, work)) {
      const spread = spreadRows(p.gpu, block.count, part.count);
      p.dispatch({
        kernel: forWidth(GRADIENT, part.count),
        constants: { ROWS: block.count, CHUNK: part.count, ...spread.constants },
        bindings: [d, targets, logSum, gradient].map((value) => rows(value, block)),
        groups: spread.groups,
        sizes: Uint32Array.of(part.from),
        cost: unembedCrossEntropyCost.gradient({ N: block.count, C: part.count }),
      });
    }
    const batch = [1, 1] as const;
    recordMatmul(p, {
      batch,
      label: dx.label,
      m: N,
      n: D,
      k: part.count,
      left: view(d),
      right: view(rows(w, part)),
      out: view(dx),
      epilogue: { accumulate: part.from > 0 },
    });
    recordMatmul(p, {
      batch,
      label: dw.label,
      m: part.count,
      n: D,
      k: N,
      left: view(d, { transpose: true }),
      right: view(x),
      out: view(rows(dw, part)),
      epilogue: {},
    });
  }
  return { dx, dw };
}

/** @throws {ShapeError} if the rows of a chunk of w (V,D) would not begin where a binding may, see rows */
function checkChunk(chunk: number, V: number, D: number): void {
  checkCount('unembedCrossEntropy', 'chunk', chunk);
  if (chunk < V && (chunk * D) % 64 !== 0)
    throw new ShapeError(
      `unembedCrossEntropy: expected a chunk of a multiple of 64, or of all ${V} entries, got ${chunk} for rows of ${D}`,
    );
}

function chunksOf(V: number, chunk: number): RowBlock[] {
  return Array.from({ length: Math.ceil(V / chunk) }, (_, index) => ({
    from: index * chunk,
    count: Math.min(chunk, V - index * chunk),
  }));
}

/** (N, count) of the chunk's logits. */
function logitsOf(p: ProgramBuilder, x: Value, w: Value, part: RowBlock): Value {
  return matmul(p, x, rows(w, part), { label: 'logits', transposeRight: true });
}
