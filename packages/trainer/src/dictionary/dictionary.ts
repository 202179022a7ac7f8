import { createTensor, type Gpu, type Tensor } from '@monosema/engine';

/** How a dictionary turns pre-activations into feature activations. */
export type Architecture =
  /** f = ReLU(pre), with an L1 penalty. */
  | { readonly kind: 'standard' }
  /** f = the k largest of ReLU(pre) in each row. */
  | { readonly kind: 'topk'; readonly k: number }
  /** f = the k·B largest of ReLU(pre) in the batch. */
  | { readonly kind: 'batchtopk'; readonly k: number }
  /** f = pre where pre > threshold, with an L0 penalty and rectangle-kernel gradients for the thresholds. */
  | { readonly kind: 'jumprelu'; readonly bandwidth: number };

/**
 * A dictionary's parameters on the device: pre = (x - b_dec) · encoderᵀ + b_enc, x̂ = f · decoder + b_dec. Both
 * matrices are stored (F,A), one contiguous row a feature, because sparse steps touch whole features.
 */
export interface Dictionary {
  /** A: width of the activations. */
  readonly width: number;
  /** F */
  readonly features: number;
  readonly encoder: Tensor;
  readonly encoderBias: Tensor;
  readonly decoder: Tensor;
  readonly decoderBias: Tensor;
  /** JumpReLU only. */
  readonly threshold: Tensor | null;
}

/** @param values row-major: encoder (F,A), encoderBias (F), decoder (F,A), decoderBias (A), threshold (F) or null */
export function uploadDictionary(
  gpu: Gpu,
  id: string,
  width: number,
  features: number,
  values: Readonly<Record<'encoder' | 'encoderBias' | 'decoder' | 'decoderBias', Float32Array>> & {
    readonly threshold: Float32Array | null;
  },
): Dictionary {
  return {
    width,
    features,
    encoder: createTensor(gpu, `${id} encoder`, [features, width], values.encoder),
    encoderBias: createTensor(gpu, `${id} b_enc`, [features], values.encoderBias),
    decoder: createTensor(gpu, `${id} decoder`, [features, width], values.decoder),
    decoderBias: createTensor(gpu, `${id} b_dec`, [width], values.decoderBias),
    threshold:
      values.threshold === null ? null : createTensor(gpu, `${id} threshold`, [features], values.threshold),
  };
}

/** (A,F) to (F,A) or back: SAELens stores the encoder inputs first. */
export function transposeMatrix(
  data: Float32Array,
  rows: number,
  columns: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}
