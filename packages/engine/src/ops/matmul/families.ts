import type { Gpu } from '../../device/gpu.ts';
import { candidatesOf, type Candidate } from './family.ts';
import type { MatmulProblem } from './problem.ts';
import { registerTile } from './register-tile.ts';
import { subgroupBroadcast } from './subgroup-broadcast.ts';
import { workgroupTile } from './workgroup-tile.ts';

/** All ways to compute a problem on an adapter, those first that should be fastest. */
export function candidates(gpu: Gpu, problem: MatmulProblem): readonly Candidate[] {
  const registers = candidatesOf(registerTile, gpu, problem);
  const tiles = candidatesOf(workgroupTile, gpu, problem);
  // Rasterisers are slow at workgroup memory, whatever kernels they are given.
  const portable = gpu.software ? [...registers, ...tiles] : [...tiles, ...registers];
  return [...candidatesOf(subgroupBroadcast, gpu, problem), ...portable];
}
