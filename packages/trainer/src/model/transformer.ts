import {
  activation,
  add,
  causalAttention,
  embedding,
  layernorm,
  linear,
  unembed,
  type ProgramBuilder,
  type TokenBatch,
  type Value,
} from '@monosema/engine';
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
export function forward(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
): ForwardPass {
  const residualMid: Value[] = [];
  const mlpActivations: Value[] = [];
  let x = embed(p, parameters, batch);
  for (let layer = 0; layer < config.layers; layer++) {
    const site = throughMlp(p, x, parameters, batch, config, layer);
    residualMid.push(site.residualMid);
    mlpActivations.push(site.activations);
    x = afterMlp(p, site, parameters, layer);
  }
  return { residualMid, mlpActivations, residual: x, logits: logits(p, x, parameters, config) };
}

/** One layer's MLP activations (N,M), and the stream (N,D) that its output is added to. */
export interface MlpSite {
  readonly residualMid: Value;
  readonly activations: Value;
}

/** The forward pass up to the MLP activations of one layer, without anything that comes after them. */
export function forwardTo(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  layer: number,
): MlpSite {
  let x = embed(p, parameters, batch);
  for (let below = 0; below < layer; below++)
    x = afterMlp(p, throughMlp(p, x, parameters, batch, config, below), parameters, below);
  return throughMlp(p, x, parameters, batch, config, layer);
}

/** The rest of the forward pass: the stream (N,D) before the final LayerNorm, from activations that may have been replaced. */
export function forwardFrom(
  p: ProgramBuilder,
  site: MlpSite,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  layer: number,
): Value {
  let x = afterMlp(p, site, parameters, layer);
  for (let above = layer + 1; above < config.layers; above++) {
    x = afterMlp(p, throughMlp(p, x, parameters, batch, config, above), parameters, above);
  }
  return x;
}

/** logits (N,V) = LN(x)·W_Uᵀ of the residual stream (N,D) after the last block. */
export function logits(
  p: ProgramBuilder,
  residual: Value,
  parameters: ReadonlyMap<string, Value>,
  config: TransformerConfig,
): Value {
  const normalised = p.apply(
    layernorm,
    {
      x: residual,
      gain: parameters.get('transformer.ln_f.weight')!,
      bias: parameters.get('transformer.ln_f.bias')!,
    },
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
  return forwardTo(p, parameters, batch, config, layer).activations;
}

function embed(p: ProgramBuilder, parameters: ReadonlyMap<string, Value>, batch: TokenBatch): Value {
  const tables = {
    tokenTable: parameters.get('transformer.wte.weight')!,
    positionTable: parameters.get('transformer.wpe.weight')!,
  };
  return p.apply(embedding, tables, batch);
}

function throughMlp(
  p: ProgramBuilder,
  x: Value,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  layer: number,
): MlpSite {
  const block = blockOf(parameters, layer);
  const residualMid = p.apply(add, { a: x, b: attentionBlock(p, x, block, batch, config) }, {});
  return { residualMid, activations: mlpHidden(p, residualMid, block, config) };
}

function afterMlp(
  p: ProgramBuilder,
  { residualMid, activations }: MlpSite,
  parameters: ReadonlyMap<string, Value>,
  layer: number,
): Value {
  return p.apply(add, { a: residualMid, b: mlpOutput(p, activations, blockOf(parameters, layer)) }, {});
}

type Block = (name: string) => Value;

function blockOf(parameters: ReadonlyMap<string, Value>, layer: number): Block {
  return (name) => parameters.get(`transformer.h.${layer}.${name}`)!;
}

function attentionBlock(
  p: ProgramBuilder,
  x: Value,
  block: Block,
  { context }: TokenBatch,
  config: TransformerConfig,
): Value {
  const normalised = p.apply(
    layernorm,
    { x, gain: block('ln_1.weight'), bias: block('ln_1.bias') },
    { epsilon: config.layerNormEpsilon },
  );
  const qkv = p.apply(
    linear,
    { x: normalised, w: block('attn.c_attn.weight'), b: block('attn.c_attn.bias') },
    { relu: false, label: 'qkv' },
  );
  const attended = p.apply(causalAttention, { qkv }, { heads: config.heads, context });
  return p.apply(
    linear,
    { x: attended, w: block('attn.c_proj.weight'), b: block('attn.c_proj.bias') },
    { relu: false, label: 'attention output' },
  );
}

function mlpHidden(p: ProgramBuilder, x: Value, block: Block, config: TransformerConfig): Value {
  const normalised = p.apply(
    layernorm,
    { x, gain: block('ln_2.weight'), bias: block('ln_2.bias') },
    { epsilon: config.layerNormEpsilon },
  );
  const inputs = { x: normalised, w: block('mlp.c_fc.weight'), b: block('mlp.c_fc.bias') };
  // ReLU rides on the product; the others need the value before them for their slope.
  if (config.activation === 'relu') return p.apply(linear, inputs, { relu: true, label: 'mlp activations' });
  const before = p.apply(linear, inputs, { relu: false, label: 'mlp pre-activations' });
  return p.apply(activation, { x: before }, { kind: config.activation });
}

/** (N,D) what the MLP writes back to the stream, from its activations (N,M). */
export function mlpOutput(p: ProgramBuilder, activations: Value, block: Block): Value {
  return p.apply(
    linear,
    { x: activations, w: block('mlp.c_proj.weight'), b: block('mlp.c_proj.bias') },
    { relu: false, label: 'mlp output' },
  );
}
