import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'running-threshold',
  source: new URL('./running-threshold.wgsl', import.meta.url),
};

export const runningThresholdCost: Work = { flops: 3, bytes: bytesOf(2) };

/**
 * Moves threshold (1), in place, towards the threshold of a batchTopK by a share that a scalar of the program says: a
 * mean over runs when the share is 1 at the first and falls to a constant.
 *
 * @param bits u32 (4), as batchTopK returns it
 */
export function runningThreshold(p: ProgramBuilder, bits: Value, threshold: Value, rate: Scalar): void {
  bindDimensions('runningThreshold', { bits: { u32: ['W'] }, threshold: ['one'] }, { bits, threshold });
  p.dispatch({
    kernel: KERNEL,
    constants: { RATE_SLOT: rate },
    bindings: [bits, p.scalars, threshold],
    groups: 1,
    cost: runningThresholdCost,
  });
}
