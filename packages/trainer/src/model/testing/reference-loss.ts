import {
  activationReference,
  addReference,
  causalAttentionReference,
  crossEntropyReference,
  embeddingReference,
  layernormReference,
  linearReference,
  meanReference,
  unembedReference,
} from '@monosema/engine/testing';
import type { TransformerConfig } from '../parameters.ts';
import type { ReferenceProgram } from './reference-program.ts';

/** Inputs and targets of whole sequences, one after another. */
export interface ReferenceBatch {
  readonly tokens: Uint32Array;
  readonly targets: Uint32Array;
}

/** Splits sequences of T+1 tokens, as training does: the first T are inputs, the last T targets. */
export function splitSequences(sequences: Uint32Array, context: number): ReferenceBatch {
  const places = Array.from(sequences.keys());
  const of = (kept: (place: number) => boolean) =>
    Uint32Array.from(
      places.filter((place) => kept(place % (context + 1))),
      (place) => sequences[place]!,
    );
  return { tokens: of((place) => place < context), targets: of((place) => place > 0) };
}

/** The transformer's mean cross-entropy (1), written down once more from the references of the ops, and its logits. */
export function referenceLoss(
  p: ReferenceProgram,
  config: TransformerConfig,
  parameters: ReadonlyMap<string, Float64Array>,
  { tokens, targets }: ReferenceBatch,
): { readonly loss: Float64Array; readonly logits: Float64Array } {
  const { layers, dModel: D, dMlp: M, heads, context, vocabulary, activation, layerNormEpsilon } = config;
  const N = tokens.length;
  const of = (name: string): Float64Array => parameters.get(name)!;
  const normalise = (x: Float64Array, name: string): Float64Array =>
    p.apply(layernormReference(N, D, layerNormEpsilon), {
      x,
      gain: of(`${name}.weight`),
      bias: of(`${name}.bias`),
    });
  const linear = (x: Float64Array, name: string, inputs: number, outputs: number): Float64Array =>
    p.apply(linearReference(N, inputs, outputs, false), {
      x,
      w: of(`${name}.weight`),
      b: of(`${name}.bias`),
    });
  const add = (a: Float64Array, b: Float64Array): Float64Array => p.apply(addReference(N * D), { a, b });

  let x = p.apply(embeddingReference({ tokens, vocabulary, positions: context, context, width: D }), {
    tokenTable: of('transformer.wte.weight'),
    positionTable: of('transformer.wpe.weight'),
  });
  for (let layer = 0; layer < layers; layer++) {
    const block = `transformer.h.${layer}`;
    const qkv = linear(normalise(x, `${block}.ln_1`), `${block}.attn.c_attn`, D, 3 * D);
    const sizes = { sequences: N / context, context, heads, headWidth: D / heads };
    const attended = p.apply(causalAttentionReference(sizes), { qkv });
    x = add(x, linear(attended, `${block}.attn.c_proj`, D, D));
    const before = linear(normalise(x, `${block}.ln_2`), `${block}.mlp.c_fc`, D, M);
    const hidden = p.apply(activationReference(activation, N * M), { x: before });
    x = add(x, linear(hidden, `${block}.mlp.c_proj`, M, D));
  }
  const logits = p.apply(unembedReference(N, D, vocabulary), {
    x: normalise(x, 'transformer.ln_f'),
    w: of(config.tied ? 'transformer.wte.weight' : 'lm_head.weight'),
  });
  const losses = p.apply(crossEntropyReference(targets, vocabulary), { logits });
  return { loss: p.apply(meanReference(N), { x: losses }), logits };
}
