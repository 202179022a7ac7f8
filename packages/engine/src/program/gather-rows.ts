import type { Gpu } from '../device/gpu.ts';
import type { Constants } from './kernel.ts';

/** What comes before a kernel of `edged` columns that sums rows which it gathers. */
export const GATHER_ROWS = new URL('./gather-rows.wgsl', import.meta.url);

/**
 * The constants of such a kernel, for rows of a width. Where a Column is made of two vec4f, a CPU adapter's lane owns
 * neighbours, which share them: five loads and not eight, and loads are what the kernel costs there.
 */
export function gatheredWidth(gpu: Gpu, width: number): Constants {
  return { D: width, NEIGHBOURS: gpu.isCpu && width % 4 !== 0 ? 1 : 0 };
}
