import { readTensor, type Gpu } from '@monosema/engine';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { nearestRows } from './map/nearest-rows.ts';

/** What the weights of each feature of a dictionary say by themselves. All (F). */
export interface WeightStatistics {
  /** The bias that decides whether the feature fires. */
  readonly encoderBias: Float64Array;
  readonly encoderNorm: Float64Array;
  /** Cosine of the encoder row and the decoder row; 0 where either is zero. */
  readonly encoderDecoderCosine: Float64Array;
  /** Cosine with the nearest other row; 0 where none is at less than a right angle. */
  readonly largestDecoderCosine: Float64Array;
  readonly largestEncoderCosine: Float64Array;
}

/**
 * Measures the weights of a dictionary.
 *
 * @param decoder (F,A), as it is on the device
 * @param largestDecoderCosine (F)
 * @param watch called often; throws to stop
 */
export async function weightStatistics(
  gpu: Gpu,
  dictionary: Dictionary,
  decoder: Float32Array,
  largestDecoderCosine: Float64Array,
  watch: () => void,
): Promise<WeightStatistics> {
  const { features, width, vectors } = dictionary;
  const encoder = await readTensor(gpu, dictionary.encoder);
  const bias = await readTensor(gpu, (vectors.encoderBias ?? vectors.gateBias)!);
  const nearest = await nearestRows(gpu, 'encoder', encoder, encoder, width, 1, watch);
  const encoderNorm = new Float64Array(features);
  const encoderDecoderCosine = new Float64Array(features);
  for (let j = 0; j < features; j++) {
    let [squares, others, product] = [0, 0, 0];
    for (let at = j * width; at < (j + 1) * width; at++) {
      squares += encoder[at]! ** 2;
      others += decoder[at]! ** 2;
      product += encoder[at]! * decoder[at]!;
    }
    encoderNorm[j] = Math.sqrt(squares);
    encoderDecoderCosine[j] = squares > 0 && others > 0 ? product / Math.sqrt(squares * others) : 0;
  }
  return {
    encoderBias: Float64Array.from(bias),
    encoderNorm,
    encoderDecoderCosine,
    largestDecoderCosine,
    largestEncoderCosine: Float64Array.from({ length: features }, (_, j) => nearest.of(j)[0]?.cosine ?? 0),
  };
}
