/**
 * What SAELens computes with a dictionary that is stored in its format, in float64 on plain arrays: the definition that
 * the kernels are held against, and the only place here that normalises inputs as SAELens can.
 */
import type { StoredName, StoredShape } from './stored-dictionary.ts';

export type StoredValues = Readonly<Partial<Record<StoredName, ArrayLike<number>>>>;

/** Activations (N,F) and reconstructions (N,A), row-major. */
export interface Reconstructed {
  readonly activations: Float64Array;
  readonly reconstructions: Float64Array;
}

/** @param x (N,A), row-major */
export function reconstruct(shape: StoredShape, values: StoredValues, x: ArrayLike<number>): Reconstructed {
  const { width: A, features: F } = shape;
  const rows = x.length / A;
  const activations = new Float64Array(rows * F);
  const reconstructions = new Float64Array(rows * A);
  const norms = Float64Array.from({ length: F }, (_, f) =>
    Math.hypot(...Array.from({ length: A }, (__, a) => values.W_dec![f * A + a]!)),
  );
  for (let n = 0; n < rows; n++) {
    const row = Float64Array.from({ length: A }, (_, a) => x[n * A + a]!);
    const { normalised, restore } = normalise(shape, row);
    const f = encodeRow(shape, values, norms, normalised);
    activations.set(f, n * F);
    const decoded = Float64Array.from({ length: A }, (_, a) => values.b_dec![a]!);
    for (let j = 0; j < F; j++) {
      const amount = shape.rescaled ? f[j]! / norms[j]! : f[j]!;
      for (let a = 0; a < A; a++) decoded[a]! += amount * values.W_dec![j * A + a]!;
    }
    reconstructions.set(restore(decoded), n * A);
  }
  return { activations, reconstructions };
}

function encodeRow(
  { rule, width: A, features: F, preEncoderBias, rescaled }: StoredShape,
  values: StoredValues,
  norms: Float64Array,
  x: Float64Array,
): Float64Array {
  const u = new Float64Array(F);
  for (let a = 0; a < A; a++) {
    const centred = x[a]! - (preEncoderBias ? values.b_dec![a]! : 0);
    for (let j = 0; j < F; j++) u[j]! += centred * values.W_enc![a * F + j]!;
  }
  const relu = (value: number): number => Math.max(value, 0);
  const pre = (j: number): number => u[j]! + values.b_enc![j]!;
  switch (rule.kind) {
    case 'standard':
      return u.map((_, j) => relu(pre(j)));
    case 'jumprelu':
      return u.map((_, j) => (pre(j) > values.threshold![j]! ? relu(pre(j)) : 0));
    case 'gated':
      return u.map((value, j) =>
        value + values.b_gate![j]! > 0 ? relu(value * Math.exp(values.r_mag![j]!) + values.b_mag![j]!) : 0,
      );
    case 'topk': {
      const scaled = u.map((_, j) => pre(j) * (rescaled ? norms[j]! : 1));
      const kept = new Set(
        [...scaled.keys()].toSorted((i, j) => scaled[j]! - scaled[i]! || i - j).slice(0, rule.k),
      );
      return scaled.map((value, j) => (kept.has(j) ? relu(value) : 0));
    }
  }
}

function normalise(
  { normalisation, width }: StoredShape,
  x: Float64Array,
): { normalised: Float64Array; restore: (y: Float64Array) => Float64Array } {
  switch (normalisation) {
    case 'none':
      return { normalised: x, restore: (y) => y };
    case 'constant_norm_rescale': {
      const scale = Math.sqrt(width) / Math.hypot(...x);
      return { normalised: x.map((value) => value * scale), restore: (y) => y.map((value) => value / scale) };
    }
    case 'layer_norm': {
      const mean = x.reduce((sum, value) => sum + value, 0) / width;
      const deviation = Math.sqrt(x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (width - 1));
      return {
        // Torch's deviation is the unbiased one; what is undone is not quite what was done.
        normalised: x.map((value) => (value - mean) / (deviation + 1e-5)),
        restore: (y) => y.map((value) => value * deviation + mean),
      };
    }
  }
}
