import type { Activation, Shape } from '@monosema/engine';

/** A GPT-2-family transformer. Letters: D = dModel, M = dMlp, V = vocabulary, T = context. */
export interface TransformerConfig {
  readonly layers: number;
  readonly dModel: number;
  readonly heads: number;
  readonly dMlp: number;
  readonly context: number;
  readonly vocabulary: number;
  readonly activation: Activation;
  readonly layerNormEpsilon: number;
  /** True when the unembedding is the token table. */
  readonly tied: boolean;
}

/** Names and shapes of all parameters, in Hugging Face's GPT-2 spelling and layout (Conv1D: inputs first). */
export function parameterShapes(config: TransformerConfig): Map<string, Shape> {
  const { dModel: D, dMlp: M, vocabulary: V, context: T } = config;
  const shapes = new Map<string, Shape>([
    ['transformer.wte.weight', [V, D]],
    ['transformer.wpe.weight', [T, D]],
  ]);
  for (let layer = 0; layer < config.layers; layer++) {
    const block: [string, Shape][] = [
      ['ln_1.weight', [D]],
      ['ln_1.bias', [D]],
      ['attn.c_attn.weight', [D, 3 * D]],
      ['attn.c_attn.bias', [3 * D]],
      ['attn.c_proj.weight', [D, D]],
      ['attn.c_proj.bias', [D]],
      ['ln_2.weight', [D]],
      ['ln_2.bias', [D]],
      ['mlp.c_fc.weight', [D, M]],
      ['mlp.c_fc.bias', [M]],
      ['mlp.c_proj.weight', [M, D]],
      ['mlp.c_proj.bias', [D]],
    ];
    for (const [name, shape] of block) shapes.set(`transformer.h.${layer}.${name}`, shape);
  }
  shapes.set('transformer.ln_f.weight', [D]);
  shapes.set('transformer.ln_f.bias', [D]);
  if (!config.tied) shapes.set('lm_head.weight', [V, D]);
  return shapes;
}

export function countParameters(config: TransformerConfig): number {
  let count = 0;
  for (const shape of parameterShapes(config).values())
    count += shape.reduce((product, extent) => product * extent, 1);
  return count;
}
