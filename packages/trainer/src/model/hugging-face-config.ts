/** `config.json` of GPT-2 in Hugging Face's transformers: what of it decides the mathematics, read and written. */
import { ACTIVATIONS, type Activation } from '@monosema/engine';
import { ModelFolderError } from './model-folder-error.ts';
import type { TransformerConfig } from './parameters.ts';

/** Keys that change what is computed, each with the one value that is computed here; it is also what a missing key means. */
const MATHEMATICS: Readonly<Record<string, unknown>> = {
  model_type: 'gpt2',
  scale_attn_weights: true,
  scale_attn_by_inverse_layer_idx: false,
  add_cross_attention: false,
  is_encoder_decoder: false,
  quantization_config: null,
};

/** Two names of one function in transformers. */
const SAME_ACTIVATION = ['gelu_pytorch_tanh', 'gelu_new'] as const;

/**
 * The transformer that a `config.json` describes. A key that is left out means what it means in transformers; the
 * sizes must be there.
 *
 * @param path of the file, for messages
 * @throws {ModelFolderError} naming the key: a size that is none, an activation that is unknown, or anything that
 * asks for another computation
 */
export function configFromHuggingFace(
  json: Readonly<Record<string, unknown>>,
  path: string,
): TransformerConfig {
  const fail = (expected: string, got: unknown): never => {
    throw new ModelFolderError(`${path}: expected ${expected}, got ${JSON.stringify(got) ?? 'nothing'}`);
  };
  for (const [key, value] of Object.entries(MATHEMATICS)) {
    const found = json[key] ?? value;
    if (found !== value)
      fail(`"${key}" of ${JSON.stringify(value)}, the only kind that is computed here`, found);
  }
  const pruned = json['pruned_heads'] ?? {};
  if (Object.keys(pruned).length > 0) fail('"pruned_heads" to be empty', pruned);
  const size = (key: string): number => {
    const value = json[key];
    return Number.isSafeInteger(value) && Number(value) > 0
      ? Number(value)
      : fail(`a positive whole number for "${key}"`, value);
  };
  const [dModel, heads] = [size('n_embd'), size('n_head')];
  if (dModel % heads !== 0) fail(`an "n_head" that divides n_embd = ${dModel}`, heads);
  const named = json['activation_function'] ?? 'gelu_new';
  const activation = (named === SAME_ACTIVATION[0] ? SAME_ACTIVATION[1] : named) as Activation;
  if (!ACTIVATIONS.includes(activation)) fail(`an "activation_function" of ${ACTIVATIONS.join(', ')}`, named);
  const layerNormEpsilon = json['layer_norm_epsilon'] ?? 1e-5;
  if (typeof layerNormEpsilon !== 'number' || !(layerNormEpsilon > 0))
    return fail('a positive number for "layer_norm_epsilon"', layerNormEpsilon);
  const tied = json['tie_word_embeddings'] ?? true;
  if (typeof tied !== 'boolean') return fail('true or false for "tie_word_embeddings"', tied);
  return {
    layers: size('n_layer'),
    dModel,
    heads,
    dMlp: (json['n_inner'] ?? null) === null ? 4 * dModel : size('n_inner'),
    context: size('n_positions'),
    vocabulary: size('vocab_size'),
    activation,
    layerNormEpsilon,
    tied,
  };
}

/**
 * The `config.json` of a transformer.
 *
 * @param endOfText id of the token that ends a text, which transformers would otherwise take to be GPT-2's own; null
 * where it is not known
 */
export function configToHuggingFace(
  config: TransformerConfig,
  endOfText: number | null,
): Record<string, unknown> {
  return {
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_layer: config.layers,
    n_embd: config.dModel,
    n_head: config.heads,
    n_inner: config.dMlp,
    n_positions: config.context,
    n_ctx: config.context,
    vocab_size: config.vocabulary,
    activation_function: config.activation,
    layer_norm_epsilon: config.layerNormEpsilon,
    scale_attn_weights: true,
    scale_attn_by_inverse_layer_idx: false,
    reorder_and_upcast_attn: false,
    tie_word_embeddings: config.tied,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
    attn_pdrop: 0,
    embd_pdrop: 0,
    resid_pdrop: 0,
    torch_dtype: 'float32',
  };
}
