import {
  accumulate,
  activeMask,
  adam,
  batchTopK,
  columnSum,
  createMoments,
  jumpRelu,
  matmul,
  maskedColumnSum,
  mean,
  ProgramBuilder,
  residual,
  rowAdam,
  sampledProduct,
  sparseMatmul,
  sparseTransposedMatmul,
  subtractRow,
  subtractScaled,
  thresholdGradient,
  topK,
  whereActive,
  type ActiveMask,
  type AdamOptions,
  type Gpu,
  type Moments,
  type Program,
  type Scalar,
  type Tensor,
  type Value,
} from '@monosema/engine';
import { parameterTensors, type DictionaryParameters, type ParameterName } from './dictionary.ts';
import { dictionaryValues, encoderInput, type DictionaryValues } from './encode.ts';

/** How training turns pre-activations into feature activations. */
export type Architecture =
  /** f = ReLU(pre), with an L1 penalty. */
  | { readonly kind: 'standard' }
  /** f = the k largest of ReLU(pre) in each row. */
  | { readonly kind: 'topk'; readonly k: number }
  /** f = the k·B largest of ReLU(pre) in the batch. */
  | { readonly kind: 'batchtopk'; readonly k: number }
  /** f = pre where pre > threshold, with an L0 penalty and rectangle-kernel gradients for the thresholds. */
  | { readonly kind: 'jumprelu'; readonly bandwidth: number };

/** Adam's moments of every parameter of a dictionary. */
export type DictionaryMoments = ReadonlyMap<ParameterName, Moments>;

export function createDictionaryMoments(gpu: Gpu, dictionary: DictionaryParameters): DictionaryMoments {
  return new Map(
    [...parameterTensors(dictionary)].map(([name, tensor]) => [name, createMoments(gpu, tensor)]),
  );
}

export interface StepOptions extends AdamOptions {
  readonly architecture: Architecture;
  /**
   * `sparse` costs one dense product and visits active entries only; `dense` is five products, faster while a young
   * dictionary fires everywhere. Both are exact and differ by rounding.
   */
  readonly path: 'sparse' | 'dense';
  /** Keeps values and gradients readable, for checks. */
  readonly keep?: boolean;
}

/** One training step of a dictionary on a batch x (B,A), and what it leaves. */
export interface StepProgram {
  readonly program: Program;
  /** (1) mean over the batch of |x - x̂|², before the step. */
  readonly reconstruction: Tensor;
  /** (1) mean over features of Σ f over the batch; times F/B it is the mean of Σ f, the L1 norm. */
  readonly meanSumF: Tensor;
  /** (1) mean over features of the active rows; times F/B it is L0. */
  readonly meanActive: Tensor;
  readonly kept: Readonly<Record<string, Tensor>>;
}

/**
 * Records the exact step of loss = mean_B |x - x̂|² + penalty, the penalty being λ·mean_B Σf (standard), 0 (TopK
 * kinds) or λ·mean_B L0 (JumpReLU), with unit decoder rows: the component of their gradient along each row is
 * removed before Adam, and rows are renormalised after. Run it with adamScalars and { penalty: λ }.
 *
 * @param fired (F) u32 to which each run adds how many rows every feature was active on
 */
export async function buildStepProgram(
  gpu: Gpu,
  dictionary: DictionaryParameters,
  moments: DictionaryMoments,
  batch: Tensor,
  options: StepOptions,
  fired: Tensor | null = null,
): Promise<StepProgram> {
  const p = new ProgramBuilder(gpu, `train-dictionary ${options.path}`);
  const values = dictionaryValues(p, dictionary);
  const x = p.persistent(batch);
  const rows = batch.shape[0]!;
  const penalty = { scalar: p.scalar('penalty'), scale: 1 / rows };
  const l1 = options.architecture.kind === 'standard' ? penalty : { scalar: penalty.scalar, scale: 0 };

  const { centred, f, near } = encodeForTraining(p, x, values, options.architecture);
  const mask = activeMask(p, f);
  const reconstruction =
    options.path === 'sparse'
      ? sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂')
      : matmul(p, f, values.decoder, { label: 'x̂', bias: values.decoderBias });
  const { d, rowLoss } = residual(p, reconstruction, x, 2 / rows);
  // h = ∂loss/∂pre at the active entries; zero elsewhere, and never read there.
  const h =
    options.path === 'sparse'
      ? sampledProduct(p, d, values.decoder, f, mask, l1).h
      : denseProduct(p, d, values.decoder, f, l1);
  const sums = maskedColumnSum(p, f, h, mask);
  // Σ f·(d·w) = Σ f·h - λ/B·Σ f: the decoder gradient's product with each row.
  const parallel = l1.scale === 0 ? sums.sumFH : subtractScaled(p, sums.sumFH, sums.sumF, l1);
  // b_dec acts twice: it is added to every reconstruction and subtracted from every input.
  const throughEncoder = columnSum(p, values.encoder, sums.sumH);
  const dDecoderBias = subtractRow(p, columnSum(p, d), throughEncoder, 'db_dec');

  const kept: Record<string, Tensor> = {};
  if (options.keep === true) {
    Object.assign(kept, {
      f: p.output(f),
      reconstruction: p.output(reconstruction),
      encoder: p.output(gradientOf(p, options.path, h, mask, centred, 'dencoder')),
      decoder: p.output(gradientOf(p, options.path, f, mask, d, 'ddecoder')),
      encoderBias: p.output(sums.sumH),
      decoderBias: p.output(dDecoderBias),
    });
  }
  const dThreshold = near === null ? null : recordThresholdGradient(p, values, d, near, options, penalty);
  if (options.keep === true && dThreshold !== null) kept['threshold'] = p.output(dThreshold);

  const encoderGradient = rowGradient(p, options.path, h, mask, centred, 'dencoder');
  const decoderGradient = rowGradient(p, options.path, f, mask, d, 'ddecoder');
  rowAdam(p, values.encoder, encoderGradient, moments.get('encoder')!, options, null);
  rowAdam(p, values.decoder, decoderGradient, moments.get('decoder')!, options, { parallel });
  adam(p, values.vectors.encoderBias!, sums.sumH, moments.get('encoderBias')!, options);
  adam(p, values.decoderBias, dDecoderBias, moments.get('decoderBias')!, options);
  if (dThreshold !== null) adam(p, values.vectors.threshold!, dThreshold, moments.get('threshold')!, options);

  const reconstructionLoss = p.output(mean.forward(p, { x: rowLoss }, {}).output);
  const meanSumF = p.output(mean.forward(p, { x: sums.sumF }, {}).output);
  const meanActive = p.output(mean.forward(p, { x: sums.count }, {}).output);
  if (fired !== null) accumulate(p, sums.count, p.persistent(fired));
  return { program: await p.build(), reconstruction: reconstructionLoss, meanSumF, meanActive, kept };
}

/** Feature activations of a batch, with what their gradients need. */
interface Encoded {
  /** (B,A) x - b_dec */
  readonly centred: Value;
  /** (B,F) */
  readonly f: Value;
  /** (B,F), JumpReLU only: 1 where the pre-activation lies within half a bandwidth of the threshold. */
  readonly near: Value | null;
}

function encodeForTraining(
  p: ProgramBuilder,
  x: Value,
  values: DictionaryValues,
  architecture: Architecture,
): Encoded {
  const centred = encoderInput(p, x, values, true);
  const pre = matmul(p, centred, values.encoder, {
    label: 'f',
    transposeRight: true,
    bias: values.vectors.encoderBias!,
    relu: architecture.kind !== 'jumprelu',
  });
  switch (architecture.kind) {
    case 'standard':
      return { centred, f: pre, near: null };
    case 'topk':
      return { centred, f: topK(p, pre, architecture.k), near: null };
    case 'batchtopk':
      return { centred, f: batchTopK(p, pre, architecture.k), near: null };
    case 'jumprelu':
      return { centred, ...jumpRelu(p, pre, values.vectors.threshold!, architecture.bandwidth) };
  }
}

type Offset = { readonly scalar: Scalar; readonly scale: number };

function denseProduct(p: ProgramBuilder, d: Value, decoder: Value, f: Value, offset: Offset): Value {
  return whereActive(p, matmul(p, d, decoder, { label: 'df', transposeRight: true }), f, offset);
}

function gradientOf(
  p: ProgramBuilder,
  path: StepOptions['path'],
  f: Value,
  mask: ActiveMask,
  y: Value,
  label: string,
): Value {
  return path === 'sparse'
    ? sparseTransposedMatmul(p, f, mask, y, label)
    : matmul(p, f, y, { label, transposeLeft: true });
}

function rowGradient(
  p: ProgramBuilder,
  path: StepOptions['path'],
  f: Value,
  mask: ActiveMask,
  y: Value,
  label: string,
) {
  return path === 'sparse'
    ? ({ kind: 'sparse', f, mask, y } as const)
    : ({ kind: 'dense', gradient: gradientOf(p, path, f, mask, y, label) } as const);
}

function recordThresholdGradient(
  p: ProgramBuilder,
  values: DictionaryValues,
  d: Value,
  near: Value,
  { architecture }: StepOptions,
  penalty: Offset,
): Value {
  const bandwidth = architecture.kind === 'jumprelu' ? architecture.bandwidth : 0;
  const mask = activeMask(p, near);
  const products = sampledProduct(p, d, values.decoder, near, mask, { scalar: penalty.scalar, scale: 0 }).h;
  const sums = maskedColumnSum(p, near, products, mask);
  return thresholdGradient(p, values.vectors.threshold!, sums.sumH, sums.count, bandwidth, penalty);
}
