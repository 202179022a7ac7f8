import {
  columnSum,
  maskedColumnSum,
  matmul,
  mean,
  residual,
  rows,
  sampledProduct,
  sparseMatmul,
  sparseTransposedMatmul,
  subtractRow,
  whereActive,
  whereActiveSums,
  type ActiveColumns,
  type ActiveMask,
  type MaskedSums,
  type Offset,
  type Parts,
  type RowBlock,
  type RowGradient,
  type Value,
} from '@monosema/engine';
import type { LossTerm, Step } from './architecture.ts';

/** λ / B: what the penalty of one activation has before it in the loss. */
export function perRowLambda({ p, x }: Step): Offset {
  return { scalar: p.scalar('penalty'), scale: 1 / x.shape[0]! };
}

/** What a threshold is moved by for every active feature of a row, beside the penalty. */
export function perRowSteer({ p, x }: Step): Offset {
  return { scalar: p.scalar('steer'), scale: 1 / x.shape[0]! };
}

/** The mean of (B) losses of rows. */
export function meanOf({ p }: Step, rowLosses: Value): LossTerm {
  return { value: mean.forward(p, { x: rowLosses }, {}).output, scale: 1 };
}

/** The mean over the batch of a sum over features, given its (F) sums over the batch. */
export function meanOfSums({ p, x }: Step, sums: Value): LossTerm {
  const value = mean.forward(p, { x: sums }, {}).output;
  return { value, scale: sums.shape[0]! / x.shape[0]! };
}

/** x̂ = f · decoder + b_dec. @param mask null on the dense path alone */
export function decode({ p, values, path }: Step, f: Value, mask: ActiveMask | null): Value {
  return path === 'sparse' && mask !== null
    ? sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂')
    : matmul(p, f, values.decoder, { label: 'x̂', bias: values.decoderBias });
}

/** h = ∂loss/∂f at the active entries, for the gradient d by x̂; elsewhere it is never read. */
export function throughDecoder(
  { p, values, path }: Step,
  d: Value,
  f: Value,
  mask: ActiveMask,
  offset?: Offset,
): Value {
  if (path === 'sparse')
    return sampledProduct(p, d, values.decoder, f, mask, offset === undefined ? {} : { offset }).h;
  const products = matmul(p, d, values.decoder, { label: 'df', transposeRight: true });
  return whereActive(p, products, f, offset ?? null);
}

/**
 * throughDecoder, and the sums of f, h and f·h over columns.
 *
 * @param mask null on the dense path, which needs none
 * @param before sums over the blocks before, which go on
 */
export function throughDecoderWithSums(
  step: Step,
  d: Value,
  f: Value,
  mask: ActiveMask | null,
  offset: Offset,
  before: MaskedSums | null,
): { readonly h: Value; readonly sums: MaskedSums } {
  const { p, values } = step;
  if (mask === null)
    return whereActiveSums(
      p,
      matmul(p, d, values.decoder, { label: 'df', transposeRight: true }),
      f,
      offset,
      before,
    );
  const h = throughDecoder(step, d, f, mask, offset);
  return { h, sums: maskedColumnSum(p, f, h, mask, before) };
}

/**
 * The gradient Σ fᵀ · y over blocks of the rows of a matrix. Of one block it is gathered only where Adam needs it; those of
 * several are added up in a matrix (F,A) of their own.
 */
export class RowGradientSum {
  readonly #step: Step;
  readonly #label: string;
  #sum: RowGradient | null = null;

  constructor(step: Step, label: string) {
    this.#step = step;
    this.#label = label;
  }

  /** Takes a block. @param mask null on the dense path alone */
  add(f: Value, mask: ActiveColumns | null, y: Value, parts: Parts | null = null): void {
    const { p, path, blocks } = this.#step;
    const sparse = path === 'sparse' && mask !== null;
    if (sparse && blocks.length === 1) {
      this.#sum = { kind: 'sparse', f, mask, y, ...(parts === null ? {} : { parts }) };
      return;
    }
    const before = this.#sum?.kind === 'dense' ? this.#sum.gradient : null;
    const label = this.#label;
    const into = before === null ? {} : { into: before, accumulate: true };
    const gradient = sparse
      ? sparseTransposedMatmul(p, f, mask, y, label, parts, before)
      : matmul(p, f, y, { label, transposeLeft: true, ...into });
    this.#sum = { kind: 'dense', gradient };
  }

  /** @returns what was added */
  get total(): RowGradient {
    return this.#sum!;
  }
}

/** What reconstructions of a whole batch leave, written block by block. */
export class Residuals {
  readonly #step: Step;
  /** (B,A) the gradient by x̂ */
  readonly d: Value;
  readonly #rowLoss: Value;

  constructor(step: Step) {
    const { p, x } = step;
    this.#step = step;
    this.d = p.temporary('dx̂', x.shape);
    this.#rowLoss = p.temporary('errors', [x.shape[0]!]);
  }

  /** Takes the reconstruction of a block by mean |x - x̂|² over the batch. @returns its rows of d */
  add(reconstruction: Value, block: RowBlock): Value {
    const { p, x } = this.#step;
    const d = rows(this.d, block);
    const rowLoss = rows(this.#rowLoss, block);
    residual(p, reconstruction, rows(x, block), 2 / x.shape[0]!, { d, rowLoss });
    return d;
  }

  /** Mean over the batch of |x - x̂|². */
  get term(): LossTerm {
    return meanOf(this.#step, this.#rowLoss);
  }
}

/**
 * The gradient of b_dec: it is added to every reconstruction, and subtracted from every input where there is a
 * pre-encoder bias.
 *
 * @param sumH (F) sums over the batch of the gradient by u; null without a pre-encoder bias
 */
export function decoderBiasGradient({ p, values }: Step, d: Value, sumH: Value | null): Value {
  const direct = columnSum(p, d);
  return sumH === null ? direct : subtractRow(p, direct, columnSum(p, values.encoder, sumH), 'db_dec');
}

/** Two matrices (B,F) under one another, so that the rows of a gradient are gathered from both at once. */
export interface Stack {
  readonly whole: Value;
  readonly parts: readonly [Value, Value];
  /** Rows from the first of one part to the first of the other. */
  readonly stride: number;
}

/** Where a part of a stack may begin: 64 rows of any width begin where WebGPU can bind. */
const STRIDE = 64;

export function strideOf(batch: number): number {
  return Math.ceil(batch / STRIDE) * STRIDE;
}

export function stack({ p }: Step, label: string, [batch, columns]: readonly [number, number]): Stack {
  const stride = strideOf(batch);
  const whole = p.temporary(label, [2 * stride, columns]);
  const part = (from: number): Value => rows(whole, { from, count: batch });
  return { whole, parts: [part(0), part(stride)], stride };
}
