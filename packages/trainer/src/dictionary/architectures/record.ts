import {
  clear,
  columnSum,
  maskedColumnSum,
  matmul,
  mean,
  rows,
  sampledProduct,
  sparseMatmul,
  subtractRow,
  whereActive,
  whereActiveSums,
  type ActiveMask,
  type MaskedSums,
  type Offset,
  type RowGradient,
  type Value,
} from '@monosema/engine';
import type { LossTerm, Step } from './architecture.ts';

/** λ / B: what the penalty of one activation has before it in the loss. */
export function perRowLambda({ p, x }: Step): Offset {
  return { scalar: p.scalar('penalty'), scale: 1 / x.shape[0]! };
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

/** throughDecoder, and the sums of f, h and f·h over columns. @param mask null on the dense path, which needs none */
export function throughDecoderWithSums(
  step: Step,
  d: Value,
  f: Value,
  mask: ActiveMask | null,
  offset: Offset,
): { readonly h: Value; readonly sums: MaskedSums } {
  const { p, values } = step;
  if (mask === null)
    return whereActiveSums(p, matmul(p, d, values.decoder, { label: 'df', transposeRight: true }), f, offset);
  const h = throughDecoder(step, d, f, mask, offset);
  return { h, sums: maskedColumnSum(p, f, h, mask) };
}

/** The gradient fᵀ · y of the rows of a matrix. @param mask null on the dense path alone */
export function rowGradient(
  { p, path }: Step,
  f: Value,
  mask: ActiveMask | null,
  y: Value,
  label: string,
): RowGradient {
  return path === 'sparse' && mask !== null
    ? { kind: 'sparse', f, mask, y }
    : { kind: 'dense', gradient: matmul(p, f, y, { label, transposeLeft: true }) };
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

/** @param cleared whether rows between the parts are zeroed, as a mask of the whole needs them */
export function stack({ p, x }: Step, label: string, columns: number, cleared: boolean): Stack {
  const batch = x.shape[0]!;
  const stride = strideOf(batch);
  const whole = p.temporary(label, [2 * stride, columns]);
  if (cleared && stride !== batch) clear(p, whole);
  const part = (from: number): Value => rows(whole, { from, count: batch });
  return { whole, parts: [part(0), part(stride)], stride };
}
