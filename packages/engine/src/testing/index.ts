export { assertClose } from './allclose.ts';
export { asHardware, asOneLane } from './as-hardware.ts';
export { checkKernel, equalTo, type Checked, type KernelCase, type Wanted } from './check-kernel.ts';
export { checkOp, type OpCase } from './check-op.ts';
export { checkGradient } from './gradient-check.ts';
export { guardBuffers, type GuardedBuffers } from './guard-buffers.ts';
export { openUnchecked } from './open-unchecked.ts';
export { ON_BOTH } from './on-both.ts';
export { buildAndPoison } from './poison.ts';
export { defineProof, type Proof } from './proof.ts';
export { repeating, sample, seededRandom, type Sample, type SeededRandom } from './random.ts';
export { Sums, type Arrays, type OpReference, type Reference } from './reference.ts';
export { assertWithinRoundings } from './roundings.ts';
export { runRecorded, upload, type WholeSample } from './run-recorded.ts';
export {
  COUNT_TILES,
  COUNTS,
  EDGED_SIZES,
  ROW_SIZES,
  ROW_TILES,
  SPARSE_SIZES,
  SPARSE_TILES,
} from './shapes.ts';
export { sparseSample } from './sparse-sample.ts';
export { withLargestBinding } from './with-largest-binding.ts';
export { watchBuffers, type BufferWatch } from './watch-buffers.ts';

// What ops compute, for references of whole models.
export { activationReference } from '../ops/activation/activation.reference.ts';
export { adamReference, exactly, type AdamState } from '../ops/adam/adam.reference.ts';
export { addReference } from '../ops/add/add.reference.ts';
export { causalAttentionReference } from '../ops/causal-attention/causal-attention.reference.ts';
export { crossEntropyReference } from '../ops/cross-entropy/cross-entropy.reference.ts';
export { embeddingReference } from '../ops/embedding/embedding.reference.ts';
export { layernormReference } from '../ops/layernorm/layernorm.reference.ts';
export { linearReference, unembedReference } from '../ops/linear/linear.reference.ts';
export { meanReference } from '../ops/mean/mean.reference.ts';
export { rowAdamReference } from '../ops/row-adam/row-adam.reference.ts';
