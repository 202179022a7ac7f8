import { activation, add, causalAttention, embedding, layernorm, linear, unembed, type ProgramBuilder, type TokenBatch, type Value } from '@monosema/engine';
import type { TransformerConfig } from './parameters.ts';

/** Values along the forward pass that analyses and dictionaries take hold of, layer by layer. */
export interface ForwardPass {
  /** (N,D) the residual stream after the attention block: what the MLP adds to; site `residual-mid`. */
  readonly residualMid: readonly Value[];
  /** (N,M) after the nonlinearity; site `mlp-activations`. */
  readonly mlpActivations: readonly Value[];
  /** (N,D) the stream after the last block, before the final LayerNorm. */
  readonly residual: Value;
  /** (N,V) */
  readonly logits: Value;
}

/**
 * The transformer's forward pass, in the paper's order: x = wte[token] + wpe[position]; in each block
 * x += attention(LN(x)), x += act(LN(x)·W_fc + b)·W_proj + b; logits = LN(x)·W_Uᵀ.
 */
export function forward(p: ProgramBuilder, parameters: ReadonlyMap<string, Value>, batch: TokenBatch, config: TransformerConfig): ForwardPass {
  const { residualMid, mlpActivations, residual } = blocks(p, parameters, batch, config, true);
  return { residualMid, mlpActivations, residual, logits: logits(p, residual, parameters, config) };
}

/** @param finish false ends with the last block's activations and leaves its output out */
function blocks(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  finish: boolean,
): { residualMid: Value[]; mlpActivations: Value[]; residual: Value } {
  const get = (name: string) => parameters.get(name)!;
  const residualMid: Value[] = [];
  const mlpActivations: Value[] = [];
  const tokenTable = get('transformer.wte.weight');
  let x = p.apply(embedding, { tokenTable, positionTable: get('transformer.wpe.weight') }, batch);
  for (let layer = 0; layer < config.layers; layer++) {
    const block = (name: string) => get(`transformer.h.${layer}.${name}`);
    x = p.apply(add, { a: x, b: attentionBlock(p, x, block, batch, config) }, {});
    residualMid.push(x);
    const activations = mlpHidden(p, x, block, config);
    mlpActivations.push(activations);
    if (finish || layer + 1 < config.layers) x = p.apply(add, { a: x, b: mlpOutput(p, activations, block) }, {});
  }
  return { residualMid, mlpActivations, residual: x };
}

/** logits (N,V) = LN(x)·W_Uᵀ of the residual stream (N,D) after the last block. */
export function logits(p: ProgramBuilder, residual: Value, parameters: ReadonlyMap<string, Value>, config: TransformerConfig): Value {
  const normalised = p.apply(
    layernorm,
    { x: residual, gain: parameters.get('transformer.ln_f.weight')!, bias: parameters.get('transformer.ln_f.bias')! },
    { epsilon: config.layerNormEpsilon },
  );
  const w = parameters.get(config.tied ? 'transformer.wte.weight' : 'lm_head.weight')!;
  return p.apply(unembed, { x: normalised, w }, { label: 'logits' });
}

/** (N,M) MLP activations of one layer, computed without anything that comes after them. */
export function activationsAt(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  layer: number,
): Value {
  return blocks(p, parameters, batch, { ...config, layers: layer + 1 }, false).mlpActivations[layer]!;
}

type Block = (name: string) => Value;

function attentionBlock(p: ProgramBuilder, x: Value, block: Block, { context }: TokenBatch, config: TransformerConfig): Value {
  const normalised = p.apply(layernorm, { x, gain: block('ln_1.weight'), bias: block('ln_1.bias') }, { epsilon: config.layerNormEpsilon });
  const qkv = p.apply(linear, { x: normalised, w: block('attn.c_attn.weight'), b: block('attn.c_attn.bias') }, { relu: false, label: 'qkv' });
  const attended = p.apply(causalAttention, { qkv }, { heads: config.heads, context });
  return p.apply(linear, { x: attended, w: block('attn.c_proj.weight'), b: block('attn.c_proj.bias') }, { relu: false, label: 'attention output' });
}

function mlpHidden(p: ProgramBuilder, x: Value, block: Block, config: TransformerConfig): Value {
  const normalised = p.apply(layernorm, { x, gain: block('ln_2.weight'), bias: block('ln_2.bias') }, { epsilon: config.layerNormEpsilon });
  const inputs = { x: normalised, w: block('mlp.c_fc.weight'), b: block('mlp.c_fc.bias') };
  // ReLU rides on the product; the others need the value before them for their slope.
  if (config.activation === 'relu') return p.apply(linear, inputs, { relu: true, label: 'mlp activations' });
  const before = p.apply(linear, inputs, { relu: false, label: 'mlp pre-activations' });
  return p.apply(activation, { x: before }, { kind: config.activation });
}

/** (N,D) what the MLP writes back to the stream, from its activations (N,M). */
export function mlpOutput(p: ProgramBuilder, activations: Value, block: Block): Value {
  return p.apply(linear, { x: activations, w: block('mlp.c_proj.weight'), b: block('mlp.c_proj.bias') }, { relu: false, label: 'mlp output' });
}
