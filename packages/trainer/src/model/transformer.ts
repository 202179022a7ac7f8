import {
  activation,
  add,
  causalAttention,
  crossEntropy,
  embedding,
  layernorm,
  linear,
  unembed,
  unembedCrossEntropy,
  type ProgramBuilder,
  type TokenBatch,
  type Value,
} from '@monosema/engine';
import type { TransformerConfig } from './parameters.ts';
import type { Site } from './sites.ts';

/** Values along the forward pass that golden files know. */
export interface ForwardPass {
  /** (N,M) by layer, after the nonlinearity. */
  readonly mlpActivations: readonly Value[];
  /** (N,D) the stream after the last block. */
  readonly residual: Value;
}

/**
 * The transformer's blocks, in the paper's order: x = wte[token] + wpe[position]; in each block x += attention(LN(x)),
 * x += act(LN(x)·W_fc + b)·W_proj + b. Then come `logits`, or `tokenLosses` where nothing else wants the logits.
 */
export function forward(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
): ForwardPass {
  const mlpActivations: Value[] = [];
  let x = embed(p, parameters, batch);
  for (let layer = 0; layer < config.layers; layer++) {
    const at = throughMlp(p, x, parameters, batch, config, layer);
    mlpActivations.push(at.activations);
    x = afterMlp(p, at, parameters, layer);
  }
  return { mlpActivations, residual: x };
}

/** A forward pass cut open at a site. */
export interface AtSite {
  /** (N,A), or (R,A) where rows were chosen */
  readonly activations: Value;
  /** (N,D), or (R,D), the stream that the MLP's output will be added to; null at sites of the stream itself. */
  readonly stream: Value | null;
}

/** How many tokens long the sequences are that rows come in: all that is asked of a batch once its tokens are embedded. */
export type InSequences = Pick<TokenBatch, 'context'>;

/** Rows (R,D) of a value (N,D). */
export type Choice = (rows: Value) => Value;

/**
 * The forward pass up to a site, without anything that comes after it.
 *
 * @param choose the rows that are wanted at the site. Others are computed as far as the last attention before it, which
 * alone looks at them
 */
export function forwardTo(
  p: ProgramBuilder,
  parameters: ReadonlyMap<string, Value>,
  batch: TokenBatch,
  config: TransformerConfig,
  { name, layer }: Site,
  choose: Choice = (rows) => rows,
): AtSite {
  // The stream that a layer takes is the one that the layer below leaves.
  if (name === 'residual-pre' && layer > 0)
    return forwardTo(p, parameters, batch, config, { name: 'residual-post', layer: layer - 1 }, choose);
  let x = embed(p, parameters, batch);
  for (let below = 0; below < layer; below++)
    x = afterMlp(p, throughMlp(p, x, parameters, batch, config, below), parameters, below);
  if (name === 'residual-pre') return { activations: choose(x), stream: null };
  const mid = throughAttention(p, x, parameters, batch, config, layer, choose);
  if (name === 'residual-mid') return { activations: mid, stream: null };
  const hidden = { activations: mlpHidden(p, mid, blockOf(parameters, layer), config), stream: mid };
  if (name === 'mlp-activations') return hidden;
  if (name === 'mlp-output')
    return { activations: mlpOutput(p, hidden.activations, blockOf(parameters, layer)), stream: mid };
  return { activations: afterMlp(p, hidden, parameters, layer), stream: null };
}

/** The rest of the forward pass: the stream (N,D) before the final LayerNorm, from activations that may have been replaced. */
export function forwardFrom(
  p: ProgramBuilder,
  at: AtSite,
  parameters: ReadonlyMap<string, Value>,
  batch: InSequences,
  config: TransformerConfig,
  { name, layer }: Site,
): Value {
  let x = afterSite(p, at, parameters, batch, config, { name, layer });
  for (let above = layer + 1; above < config.layers; above++)
    x = afterMlp(p, throughMlp(p, x, parameters, batch, config, above), parameters, above);
  return x;
}

/** The stream (N,D) after a site's block. */
function afterSite(
  p: ProgramBuilder,
  { activations, stream }: AtSite,
  parameters: ReadonlyMap<string, Value>,
  batch: InSequences,
  config: TransformerConfig,
  { name, layer }: Site,
): Value {
  switch (name) {
    case 'residual-pre':
      return afterMlp(p, throughMlp(p, activations, parameters, batch, config, layer), parameters, layer);
    case 'residual-mid': {
      const hidden = mlpHidden(p, activations, blockOf(parameters, layer), config);
      return afterMlp(p, { activations: hidden, stream: activations }, parameters, layer);
    }
    case 'mlp-activations':
      return afterMlp(p, { activations, stream: stream! }, parameters, layer);
    case 'mlp-output':
      return p.apply(add, { a: stream!, b: activations }, {});
    case 'residual-post':
      return activations;
  }
}

/** logits (N,V) = LN(x)·W_Uᵀ of the residual stream (N,D) after the last block. */
export function logits(
  p: ProgramBuilder,
  residual: Value,
  parameters: ReadonlyMap<string, Value>,
  config: TransformerConfig,
): Value {
  return p.apply(unembed, unembedding(p, residual, parameters, config), { label: 'logits' });
}

/** The final LayerNorm of the residual stream (N,D), and its statistics (N,2), a row's mean and 1/σ; no gradient goes through it. */
export function finalNorm(
  p: ProgramBuilder,
  residual: Value,
  parameters: ReadonlyMap<string, Value>,
  { layerNormEpsilon: epsilon }: TransformerConfig,
): { normed: Value; statistics: Value } {
  const { output, saved } = layernorm.forward(p, finalNormInputs(residual, parameters), { epsilon });
  return { normed: output, statistics: saved.statistics };
}

/** logits (N,V) of what the final LayerNorm made (N,D). */
export function unembedded(
  p: ProgramBuilder,
  normed: Value,
  parameters: ReadonlyMap<string, Value>,
  config: TransformerConfig,
): Value {
  return p.apply(unembed, { x: normed, w: unembeddingMatrix(parameters, config) }, { label: 'logits' });
}

/** Logits of a batch that take no more are there whole; those of more, a part of the vocabulary at a time. */
const WHOLE_LOGITS_BYTES = 2 ** 25;

/** Rows of logits that are there whole at a time, where a part of the rows serves as well; at least 1. */
export function rowsOfLogits({ vocabulary }: TransformerConfig): number {
  return Math.max(1, Math.floor(WHOLE_LOGITS_BYTES / (4 * vocabulary)));
}

/**
 * Cross-entropy (N) in nats of the next tokens, from the residual stream (N,D) after the last block. Memory does not
 * grow with the vocabulary, but for its own table.
 *
 * @param targets (N) u32
 */
export function tokenLosses(
  p: ProgramBuilder,
  residual: Value,
  parameters: ReadonlyMap<string, Value>,
  config: TransformerConfig,
  targets: Value,
): Value {
  const tokenBytes = 4 * residual.shape[0]!;
  if (tokenBytes * config.vocabulary <= WHOLE_LOGITS_BYTES)
    return p.apply(crossEntropy, { logits: logits(p, residual, parameters, config) }, { targets });
  const chunk = 64 * Math.max(1, Math.floor(WHOLE_LOGITS_BYTES / (64 * tokenBytes)));
  return p.apply(unembedCrossEntropy, unembedding(p, residual, parameters, config), { targets, chunk });
}

function unembedding(
  p: ProgramBuilder,
  residual: Value,
  parameters: ReadonlyMap<string, Value>,
  config: TransformerConfig,
): { x: Value; w: Value } {
  const x = p.apply(layernorm, finalNormInputs(residual, parameters), { epsilon: config.layerNormEpsilon });
  return { x, w: unembeddingMatrix(parameters, config) };
}

/** What the final LayerNorm takes. */
function finalNormInputs(
  x: Value,
  parameters: ReadonlyMap<string, Value>,
): { x: Value; gain: Value; bias: Value } {
  const [gain, bias] = ['weight', 'bias'].map((name) => parameters.get(`transformer.ln_f.${name}`)!);
  return { x, gain: gain!, bias: bias! };
}

function unembeddingMatrix(parameters: ReadonlyMap<string, Value>, { tied }: TransformerConfig): Value {
  return parameters.get(tied ? 'transformer.wte.weight' : 'lm_head.weight')!;
}

function embed(p: ProgramBuilder, parameters: ReadonlyMap<string, Value>, batch: TokenBatch): Value {
  const tables = {
    tokenTable: parameters.get('transformer.wte.weight')!,
    positionTable: parameters.get('transformer.wpe.weight')!,
  };
  return p.apply(embedding, tables, batch);
}

/** The activations (N,M) of an MLP, and the stream (N,D) that its output is added to. */
interface AtMlp {
  readonly activations: Value;
  readonly stream: Value;
}

function throughAttention(
  p: ProgramBuilder,
  x: Value,
  parameters: ReadonlyMap<string, Value>,
  batch: InSequences,
  config: TransformerConfig,
  layer: number,
  choose: Choice = (rows) => rows,
): Value {
  const block = blockOf(parameters, layer);
  const attended = choose(attend(p, x, block, batch, config));
  const output = p.apply(
    linear,
    { x: attended, w: block('attn.c_proj.weight'), b: block('attn.c_proj.bias') },
    { relu: false, label: 'attention output' },
  );
  return p.apply(add, { a: choose(x), b: output }, {});
}

function throughMlp(
  p: ProgramBuilder,
  x: Value,
  parameters: ReadonlyMap<string, Value>,
  batch: InSequences,
  config: TransformerConfig,
  layer: number,
): AtMlp {
  const stream = throughAttention(p, x, parameters, batch, config, layer);
  return { stream, activations: mlpHidden(p, stream, blockOf(parameters, layer), config) };
}

function afterMlp(
  p: ProgramBuilder,
  { stream, activations }: AtMlp,
  parameters: ReadonlyMap<string, Value>,
  layer: number,
): Value {
  return p.apply(add, { a: stream, b: mlpOutput(p, activations, blockOf(parameters, layer)) }, {});
}

type Block = (name: string) => Value;

function blockOf(parameters: ReadonlyMap<string, Value>, layer: number): Block {
  return (name) => parameters.get(`transformer.h.${layer}.${name}`)!;
}

/** (N,D) what the heads read, side by side. */
function attend(
  p: ProgramBuilder,
  x: Value,
  block: Block,
  { context }: InSequences,
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
  return p.apply(causalAttention, { qkv }, { heads: config.heads, context });
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
function mlpOutput(p: ProgramBuilder, activations: Value, block: Block): Value {
  return p.apply(
    linear,
    { x: activations, w: block('mlp.c_proj.weight'), b: block('mlp.c_proj.bias') },
    { relu: false, label: 'mlp output' },
  );
}
