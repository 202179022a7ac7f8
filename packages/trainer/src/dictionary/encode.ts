import { gate, jumpRelu, matmul, subtractRow, topK, type ProgramBuilder, type Value } from '@monosema/engine';
import type { Dictionary, DictionaryParameters, VectorName } from './dictionary.ts';

/** A dictionary's parameters as values of one program. */
export interface DictionaryValues {
  readonly encoder: Value;
  readonly decoder: Value;
  readonly decoderBias: Value;
  readonly vectors: Readonly<Partial<Record<VectorName, Value>>>;
}

export function dictionaryValues(p: ProgramBuilder, dictionary: DictionaryParameters): DictionaryValues {
  const vectors = Object.entries(dictionary.vectors).map(([name, tensor]) => [name, p.persistent(tensor)]);
  return {
    encoder: p.persistent(dictionary.encoder),
    decoder: p.persistent(dictionary.decoder),
    decoderBias: p.persistent(dictionary.decoderBias),
    vectors: Object.fromEntries(vectors) as DictionaryValues['vectors'],
  };
}

/** What the encoder multiplies, (B,A): x - b_dec, or x itself. */
export function encoderInput(
  p: ProgramBuilder,
  x: Value,
  { decoderBias }: DictionaryValues,
  preEncoderBias: boolean,
): Value {
  return preEncoderBias ? subtractRow(p, x, decoderBias, 'x - b_dec') : x;
}

/** Feature activations f (B,F) of x (B,A), by the dictionary's rule. */
export function encode(p: ProgramBuilder, x: Value, values: DictionaryValues, dictionary: Dictionary): Value {
  const { rule } = dictionary;
  const input = encoderInput(p, x, values, dictionary.preEncoderBias);
  const { encoderBias, threshold, gateBias, magnitudeBias, magnitudeLogScale } = values.vectors;
  const product = (relu: boolean): Value =>
    matmul(p, input, values.encoder, { label: 'f', transposeRight: true, bias: encoderBias!, relu });
  switch (rule.kind) {
    case 'standard':
      return product(true);
    case 'topk':
      return topK(p, product(true), rule.k);
    case 'jumprelu':
      return jumpRelu(p, product(false), threshold!);
    case 'gated': {
      const u = matmul(p, input, values.encoder, { label: 'u', transposeRight: true });
      const parameters = {
        gateBias: gateBias!,
        magnitudeBias: magnitudeBias!,
        magnitudeLogScale: magnitudeLogScale!,
      };
      return gate(p, u, parameters);
    }
  }
}
