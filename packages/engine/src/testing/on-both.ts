import type { Gpu } from '../device/gpu.ts';
import { asHardware } from './as-hardware.ts';

/** For describe.each: the kernels that this adapter gets, and those that hardware gets. */
export const ON_BOTH = [
  { kernels: 'of this adapter', choose: (gpu: Gpu): Gpu => gpu },
  { kernels: 'of hardware', choose: asHardware },
] as const;
