import type { AdapterClass, Gpu } from '../device/gpu.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Dispatch } from './builder.ts';
import { bytesOf, type Work } from './cost.ts';
import { Scalar } from './value.ts';

/**
 * What a slow adapter of each class does in a millisecond with a middling kernel. Too low a guess costs some
 * submissions more, until the first are measured; too high a one could have the driver take the GPU away.
 */
const RATES: Readonly<Record<AdapterClass, Work>> = {
  'cpu-narrow': { flops: 5e5, bytes: 5e5 },
  'cpu-wide': { flops: 4e6, bytes: 2e6 },
  gpu: { flops: 5e7, bytes: 1e7 },
  'gpu-subgroups': { flops: 5e7, bytes: 1e7 },
};

/** Milliseconds that a dispatch takes on a slow adapter like this one, by the work it states. */
export function estimateMs(gpu: Gpu, dispatch: Dispatch): number {
  return millisecondsOf(gpu, workOf(dispatch));
}

/** Milliseconds that so much work takes on a slow adapter like this one. */
export function millisecondsOf(gpu: Gpu, { flops, bytes }: Work): number {
  const rate = RATES[gpu.software && !gpu.isCpu ? 'cpu-narrow' : gpu.adapterClass];
  return Math.max(flops / rate.flops, bytes / rate.bytes);
}

function workOf({ cost, bindings }: Dispatch): Work {
  if (cost !== null && !('entries' in cost)) return cost;
  // How many entries there will be is known by the run alone; of a mask, not more than all.
  if (cost !== null && !(cost.entries instanceof Scalar)) {
    const { mask, from } = cost.entries;
    return cost.of(32 * (sizeOf(mask.shape) - from));
  }
  return { flops: 0, bytes: bytesOf(...bindings.map(({ shape }) => sizeOf(shape))) };
}
