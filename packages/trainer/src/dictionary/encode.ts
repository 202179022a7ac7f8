import {
  batchTopK,
  jumpRelu,
  matmul,
  subtractRow,
  topK,
  type ProgramBuilder,
  type Value,
} from '@monosema/engine';
import type { Architecture, Dictionary } from './dictionary.ts';

/** A dictionary's parameters as values of one program. */
export type DictionaryValues = {
  readonly [Name in 'encoder' | 'encoderBias' | 'decoder' | 'decoderBias']: Value;
} & {
  readonly threshold: Value | null;
};

export function dictionaryValues(p: ProgramBuilder, dictionary: Dictionary): DictionaryValues {
  return {
    encoder: p.persistent(dictionary.encoder),
    encoderBias: p.persistent(dictionary.encoderBias),
    decoder: p.persistent(dictionary.decoder),
    decoderBias: p.persistent(dictionary.decoderBias),
    threshold: dictionary.threshold === null ? null : p.persistent(dictionary.threshold),
  };
}

/** Feature activations of a batch, with what their gradients need. */
export interface Encoded {
  /** (B,A) x - b_dec */
  readonly centred: Value;
  /** (B,F) */
  readonly f: Value;
  /** (B,F), JumpReLU only: 1 where the pre-activation lies within half a bandwidth of the threshold. */
  readonly near: Value | null;
}

/** f (B,F) of x (B,A). */
export function encode(
  p: ProgramBuilder,
  x: Value,
  values: DictionaryValues,
  architecture: Architecture,
): Encoded {
  const centred = subtractRow(p, x, values.decoderBias, 'x - b_dec');
  const relu = architecture.kind !== 'jumprelu';
  const pre = matmul(p, centred, values.encoder, {
    label: 'f',
    transposeRight: true,
    bias: values.encoderBias,
    relu,
  });
  switch (architecture.kind) {
    case 'standard':
      return { centred, f: pre, near: null };
    case 'topk':
      return { centred, f: topK(p, pre, architecture.k), near: null };
    case 'batchtopk':
      return { centred, f: batchTopK(p, pre, architecture.k), near: null };
    case 'jumprelu':
      return { centred, ...jumpRelu(p, pre, values.threshold!, architecture.bandwidth) };
  }
}
