import { createTensor, type Gpu, type Tensor } from '@monosema/engine';

/**
 * How a dictionary at rest turns inputs into feature activations, named as SAELens names them. Throughout,
 * u = (x - b_dec) · encoderᵀ, without b_dec where `preEncoderBias` is false.
 */
export type Rule =
  /** f = ReLU(u + b_enc). */
  | { readonly kind: 'standard' }
  /** f = the k largest of ReLU(u + b_enc) in each row. */
  | { readonly kind: 'topk'; readonly k: number }
  /** f = ReLU(u + b_enc) where u + b_enc > threshold, else 0. */
  | { readonly kind: 'jumprelu' }
  /** f = ReLU(exp(magnitudeLogScale) · u + magnitudeBias) where u + gateBias > 0, else 0. */
  | { readonly kind: 'gated' };

/** The parameters (F) that each rule has beside the two matrices and b_dec. */
export const VECTORS = {
  standard: ['encoderBias'],
  topk: ['encoderBias'],
  jumprelu: ['encoderBias', 'threshold'],
  gated: ['gateBias', 'magnitudeBias', 'magnitudeLogScale'],
} as const satisfies Readonly<Record<Rule['kind'], readonly string[]>>;

export type VectorName = (typeof VECTORS)[Rule['kind']][number];
export type ParameterName = 'encoder' | 'decoder' | 'decoderBias' | VectorName;

/**
 * A dictionary's parameters on the device: x̂ = f · decoder + b_dec. Both matrices are stored (F,A), one contiguous
 * row a feature, because sparse steps touch whole features.
 */
export interface DictionaryParameters {
  /** A: width of the activations. */
  readonly width: number;
  /** F */
  readonly features: number;
  /** Whether b_dec is subtracted from the inputs before they are encoded. */
  readonly preEncoderBias: boolean;
  readonly encoder: Tensor;
  readonly decoder: Tensor;
  readonly decoderBias: Tensor;
  /** (F) each. */
  readonly vectors: Readonly<Partial<Record<VectorName, Tensor>>>;
}

/** Parameters and the rule that encodes with them. */
export interface Dictionary extends DictionaryParameters {
  readonly rule: Rule;
}

/** Values of all parameters, row-major: encoder and decoder (F,A), decoderBias (A), vectors (F). */
export interface ParameterValues {
  readonly encoder: Float32Array;
  readonly decoder: Float32Array;
  readonly decoderBias: Float32Array;
  readonly vectors: Readonly<Partial<Record<VectorName, Float32Array>>>;
}

/** @param id names the tensors */
export function uploadDictionary(
  gpu: Gpu,
  id: string,
  shape: Pick<DictionaryParameters, 'width' | 'features' | 'preEncoderBias'>,
  values: ParameterValues,
): DictionaryParameters {
  const { width, features } = shape;
  const vectors = Object.entries(values.vectors).map(([name, data]) => [
    name,
    createTensor(gpu, `${id} ${name}`, [features], data),
  ]);
  return {
    ...shape,
    encoder: createTensor(gpu, `${id} encoder`, [features, width], values.encoder),
    decoder: createTensor(gpu, `${id} decoder`, [features, width], values.decoder),
    decoderBias: createTensor(gpu, `${id} b_dec`, [width], values.decoderBias),
    vectors: Object.fromEntries(vectors) as DictionaryParameters['vectors'],
  };
}

/** All parameters by name: the matrices, b_dec, and the vectors of the rule. */
export function parameterTensors({
  encoder,
  decoder,
  decoderBias,
  vectors,
}: DictionaryParameters): ReadonlyMap<ParameterName, Tensor> {
  return new Map(Object.entries({ encoder, decoder, decoderBias, ...vectors }) as [ParameterName, Tensor][]);
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
