import {
  adam,
  clipGradients,
  createMoments,
  createTensor,
  groupTokens,
  mean,
  ProgramBuilder,
  rowNorm,
  squaredGradientNorm,
  writeTensor,
  type AdamOptions,
  type Gpu,
  type Moments,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { parameterShapes, type TransformerConfig } from './parameters.ts';
import { forward, logits, tokenLosses } from './transformer.ts';

/** Parameters on the device, by their Hugging Face names. */
export type Parameters = ReadonlyMap<string, Tensor>;

/** Puts parameters on the device. @param values one array a name of parameterShapes, row-major */
export function uploadParameters(
  gpu: Gpu,
  config: TransformerConfig,
  values: (name: string) => Float32Array,
): Parameters {
  return new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, createTensor(gpu, name, shape, values(name))]),
  );
}

/** Tokens on the device that a model reads; see setTokens. */
export interface TokenTensors {
  readonly tokens: Tensor;
  readonly targets: Tensor;
  readonly context: number;
}

/** Tokens of a batch on the device that a model is trained on, in the order of its vocabulary as well; see setBatch. */
export interface BatchTensors extends TokenTensors {
  readonly order: Tensor;
  readonly starts: Tensor;
  readonly vocabulary: number;
}

/** @param sequences B; each is `context` inputs and as many targets */
export function createTokens(gpu: Gpu, sequences: number, context: number): TokenTensors {
  const u32 = (label: string) => createTensor(gpu, label, [sequences * context], null, 'u32');
  return { tokens: u32('tokens'), targets: u32('targets'), context };
}

/** @param sequences B; each is `context` inputs and as many targets */
export function createBatch(gpu: Gpu, sequences: number, context: number, vocabulary: number): BatchTensors {
  const u32 = (label: string, count: number) => createTensor(gpu, label, [count], null, 'u32');
  return {
    ...createTokens(gpu, sequences, context),
    order: u32('token order', sequences * context),
    starts: u32('token starts', vocabulary + 1),
    vocabulary,
  };
}

/** Writes B sequences of T+1 tokens: the first T are inputs, the last T targets. @returns the inputs */
export function setTokens(gpu: Gpu, batch: TokenTensors, sequences: Uint32Array): Uint32Array<ArrayBuffer> {
  const { context } = batch;
  const count = sequences.length / (context + 1);
  const tokens = new Uint32Array(count * context);
  const targets = new Uint32Array(count * context);
  for (let b = 0; b < count; b++) {
    const start = b * (context + 1);
    tokens.set(sequences.subarray(start, start + context), b * context);
    targets.set(sequences.subarray(start + 1, start + 1 + context), b * context);
  }
  writeTensor(gpu, batch.tokens, tokens);
  writeTensor(gpu, batch.targets, targets);
  return tokens;
}

/** The same, and where each token of the vocabulary stands, which gradients of embeddings go by. */
export function setBatch(gpu: Gpu, batch: BatchTensors, sequences: Uint32Array): void {
  const { order, starts } = groupTokens(setTokens(gpu, batch, sequences), batch.vocabulary);
  writeTensor(gpu, batch.order, order);
  writeTensor(gpu, batch.starts, starts);
}

/** One optimiser step as a program, with what it reads and leaves. */
export interface TrainingProgram {
  readonly program: Program;
  readonly batch: BatchTensors;
  /** (1) mean cross-entropy of the batch in nats, before the step. */
  readonly loss: Tensor;
  /** (1) squared norm of the gradient of all parameters, before it is clipped. */
  readonly squaredGradientNorm: Tensor;
  readonly moments: ReadonlyMap<string, Moments>;
  /** Read only where `keep` asked for them. */
  readonly logits: Tensor | null;
  readonly activations: Tensor | null;
  readonly gradients: ReadonlyMap<string, Tensor>;
}

/**
 * Records forward, backward and Adam over all parameters. Run it with adamScalars, and with `clip` of 1 where gradients
 * are clipped.
 *
 * @param clip largest norm of the gradient of all parameters together; null or none leaves it as it is
 * @param keep true keeps logits, layer 0's MLP activations and all gradients readable, for checks
 */
export async function buildTrainingProgram(
  gpu: Gpu,
  config: TransformerConfig,
  parameters: Parameters,
  sequences: number,
  options: AdamOptions & { readonly clip?: number | null; readonly keep?: boolean },
): Promise<TrainingProgram> {
  const batch = createBatch(gpu, sequences, config.context, config.vocabulary);
  const p = new ProgramBuilder(gpu, 'train-model');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const pass = forward(
    p,
    values,
    {
      tokens: p.persistent(batch.tokens),
      order: p.persistent(batch.order),
      starts: p.persistent(batch.starts),
      context: batch.context,
    },
    config,
  );
  // Before Adam moves what they come from.
  const keptLogits = options.keep === true ? p.output(logits(p, pass.residual, values, config)) : null;
  const rowLoss = tokenLosses(p, pass.residual, values, config, p.persistent(batch.targets));
  const loss = p.apply(mean, { x: rowLoss }, {});
  const one = p.persistent(createTensor(gpu, 'one', [1], Float32Array.of(1)));
  const gradients = p.gradients(loss, one, [...values.values()]);
  const kept = new Map<string, Tensor>();
  const moments = new Map<string, Moments>();
  for (const [name, tensor] of parameters) {
    const gradient = gradients.get(values.get(name)!)!;
    if (options.keep === true) kept.set(name, p.output(gradient));
    moments.set(name, createMoments(gpu, tensor));
  }
  // Row by row first: sums over whole matrices would be one workgroup's.
  const parts = [...values.values()].map((value) => {
    const gradient = gradients.get(value)!;
    return { value: gradient.shape.length > 1 ? rowNorm(p, gradient) : gradient, squared: false };
  });
  const squaredNorm = squaredGradientNorm(p, parts);
  const clip = typeof options.clip === 'number' ? p.scalar('clip') : null;
  if (clip !== null) clipGradients(p, squaredNorm, options.clip!, clip);
  for (const [name, value] of values)
    adam(p, value, gradients.get(value)!, moments.get(name)!, options, clip);
  const lossTensor = p.output(loss);
  const normTensor = p.output(squaredNorm);
  const activations = options.keep === true ? p.output(pass.mlpActivations[0]!) : null;
  return {
    program: await p.build(),
    batch,
    loss: lossTensor,
    squaredGradientNorm: normTensor,
    moments,
    logits: keptLogits,
    activations,
    gradients: kept,
  };
}
