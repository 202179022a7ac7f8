export { Gpu, type AdapterClass, type AdapterDescription } from './device/gpu.ts';
export {
  AdapterError,
  DeviceError,
  KernelError,
  NonFiniteError,
  ProgramError,
  ShapeError,
  TuningError,
} from './errors.ts';
export { bindDimensions, describeShape, sameShape, sizeOf, type Shape } from './tensor/shape.ts';
export {
  createTensor,
  readTensor,
  readTensors,
  writeTensor,
  type DType,
  type Tensor,
  type TensorData,
} from './tensor/tensor.ts';

export { ProgramBuilder, type Launch } from './program/builder.ts';
export type { Cost, Work } from './program/cost.ts';
export type { Constants, Kernel } from './program/kernel.ts';
export type { Op } from './program/op.ts';
export type { KernelTime } from './program/profile.ts';
export { Program } from './program/program.ts';
export { describeNonFinite, type NonFinite } from './program/non-finite.ts';
export { flat, rowBlocks, rows, type RowBlock } from './program/rows.ts';
export type { Scalar, Value } from './program/value.ts';

export { activation, ACTIVATIONS, type Activation } from './ops/activation/activation.ts';
export {
  adam,
  adamConstants,
  adamScalars,
  createMoments,
  type AdamOptions,
  type Moments,
} from './ops/adam/adam.ts';
export { add } from './ops/add/add.ts';
export { causalAttention, type AttentionOptions } from './ops/causal-attention/causal-attention.ts';
export { columnSum } from './ops/column-sum/column-sum.ts';
export { crossEntropy } from './ops/cross-entropy/cross-entropy.ts';
export { embedding, groupTokens, type TokenBatch } from './ops/embedding/embedding.ts';
export { layernorm } from './ops/layernorm/layernorm.ts';
export { linear, unembed } from './ops/linear/linear.ts';
export { matmul, type MatmulOptions } from './ops/matmul/matmul.ts';
export type { MatmulProblem } from './ops/matmul/problem.ts';
export { mean } from './ops/mean/mean.ts';
export { softmax, type SoftmaxOptions } from './ops/softmax/softmax.ts';
export {
  unembedCrossEntropy,
  type UnembedCrossEntropyOptions,
} from './ops/unembed-cross-entropy/unembed-cross-entropy.ts';

export { aboveBounds } from './ops/above-bounds/above-bounds.ts';
export { accumulate } from './ops/accumulate/accumulate.ts';
export {
  activeMask,
  activeRows,
  stackedColumns,
  type ActiveColumns,
  type ActiveMask,
  type ActiveRows,
} from './ops/active-mask/active-mask.ts';
export { clear } from './ops/clear/clear.ts';
export { BatchThreshold } from './ops/batch-threshold/batch-threshold.ts';
export { batchTopK } from './ops/batch-top-k/batch-top-k.ts';
export {
  compactRows,
  offsetsFrom,
  rowOffsets,
  rowsThatFit,
  type CompactedRows,
} from './ops/compact-rows/compact-rows.ts';
export { copy } from './ops/copy/copy.ts';
export { copyRows } from './ops/copy-rows/copy-rows.ts';
export {
  differenceCrossEntropy,
  type DifferenceInputs,
} from './ops/difference-cross-entropy/difference-cross-entropy.ts';
export {
  differenceExtremes,
  EXTREMES,
  NO_TOKEN,
  type ExtremesInputs,
} from './ops/difference-extremes/difference-extremes.ts';
export { gate, gateGradients, openGates, scaleByMagnitude, type GateParameters } from './ops/gate/gate.ts';
export { clipGradients, squaredGradientNorm, type GradientPart } from './ops/gradient-norm/gradient-norm.ts';
export { countIdle } from './ops/idle-rows/idle-rows.ts';
export { jumpRelu, nearThreshold, thresholdGradient } from './ops/jump-relu/jump-relu.ts';
export { klDivergence, type Predictions } from './ops/kl-divergence/kl-divergence.ts';
export { maskedColumnSum, type MaskedSums } from './ops/masked-column-sum/masked-column-sum.ts';
export { prefixResidual } from './ops/prefix-residual/prefix-residual.ts';
export { residual } from './ops/residual/residual.ts';
export type { Parts } from './ops/row-adam/parts.ts';
export { rowAdam, rowGradientSquares, type RowGradient, type RowRule } from './ops/row-adam/row-adam.ts';
export { rowNorm } from './ops/row-norm/row-norm.ts';
export { runningThreshold } from './ops/running-threshold/running-threshold.ts';
export {
  sampledProduct,
  type Offset,
  type SampledProductOptions,
} from './ops/sampled-product/sampled-product.ts';
export {
  sparsityPenalty,
  type PenaltySums,
  type SparsityPenalty,
} from './ops/sparsity-penalty/sparsity-penalty.ts';
export {
  listedReconstruction,
  type ListedReconstruction,
} from './ops/sparse-matmul/listed-reconstruction.ts';
export { sparseMatmul } from './ops/sparse-matmul/sparse-matmul.ts';
export { sparseTransposedMatmul } from './ops/sparse-transposed-matmul/sparse-transposed-matmul.ts';
export { subtractRow } from './ops/subtract-row/subtract-row.ts';
export { subtractScaled } from './ops/subtract-scaled/subtract-scaled.ts';
export { topK, topKMask } from './ops/top-k/top-k.ts';
export { topKAmong } from './ops/top-k-among/top-k-among.ts';
export { whereActive } from './ops/where-active/where-active.ts';
export { whereActiveSums } from './ops/where-active-sums/where-active-sums.ts';
export { whereMarked } from './ops/where-marked/where-marked.ts';

export { measurePeak, type Peak, type Roof } from './profile/peak.ts';
export { Profiler, type HostTrack, type ProgramTotals, type TraceSink } from './profile/profiler.ts';
export { describeProfile, summarise, type OpRow, type ProfileSummary } from './profile/summary.ts';
export { measureProduct } from './tune/measure-product.ts';
export type { Standing } from './tune/race.ts';
export { Tuning, type Choices, type Measurement, type TuningOptions } from './tune/tuning.ts';
