import type { Gpu } from '../device/gpu.ts';
import { columnsIn } from './kernel.ts';

/** How a kernel that visits elements, or rows, one after another is spread over threads. */
export interface Spread {
  /** Override constants: threads of a workgroup, and how many elements each thread visits, or rows each workgroup. */
  readonly constants: { readonly WORKGROUP_SIZE: number; readonly RUN: number };
  readonly groups: number;
}

/** Elements a thread visits at most on a CPU: beyond, nothing is left to save, and many cores would have too few workgroups. */
const LONGEST_RUN = 2048;
/** Workgroups that a CPU should have at least, so that its cores end together. */
const FEWEST_GROUPS = 32;
/** Steps of a subgroup after which starting a workgroup no longer shows. */
const WORTHWHILE_STEPS = 1024;

/**
 * Spreads `count` elements that are visited alone: a workgroup has WORKGROUP_SIZE · RUN neighbours, of which a thread
 * visits every WORKGROUP_SIZE-th.
 *
 * On hardware a thread takes one element, and the scheduler does the rest. On a CPU adapter starting a workgroup costs
 * as much as several elements do, and so does every subgroup that takes turns in one: there a workgroup is one
 * subgroup that walks a long block (4 M additions on two cores: 5.1 ms became 3.0 on lavapipe; blocks of 2,048 and not
 * 256 vec4f made 7.0 of 8.7 on SwiftShader).
 */
export function spreadElements(gpu: Gpu, count: number): Spread {
  const lanes = gpu.workgroupSize;
  const run = gpu.isCpu ? Math.min(LONGEST_RUN, Math.max(1, Math.floor(count / (lanes * FEWEST_GROUPS)))) : 1;
  return { constants: { WORKGROUP_SIZE: lanes, RUN: run }, groups: Math.ceil(count / (lanes * run)) };
}

/** Spreads rows that take one workgroup each: on a CPU adapter, short rows share one, one after another. */
export function spreadRows(gpu: Gpu, rows: number, width: number): Spread {
  const lanes = gpu.workgroupSize;
  const steps = columnsIn(width);
  const worthwhile = Math.floor((WORTHWHILE_STEPS * lanes) / steps);
  const run = gpu.isCpu ? Math.max(1, Math.min(worthwhile, Math.floor(rows / FEWEST_GROUPS))) : 1;
  return { constants: { WORKGROUP_SIZE: lanes, RUN: run }, groups: Math.ceil(rows / run) };
}
