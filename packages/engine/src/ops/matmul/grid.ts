import type { AdapterClass } from '../../device/gpu.ts';

/** WebGPU's limit of workgroups along one axis. */
const MAX_GROUPS = 65_535;

/**
 * Floating-point operations that one dispatch may have. Submissions are cut between dispatches, and none should take
 * more than 100 ms: at these sizes none does above 10 GFLOP/s on lavapipe, 1 on SwiftShader and 200 on hardware.
 */
export const DISPATCH_FLOPS: Readonly<Record<AdapterClass, number>> = {
  'cpu-wide': 1e9,
  'cpu-narrow': 1e8,
  'gpu-subgroups': 2e10,
  gpu: 2e10,
};

type Grid = readonly [number, number, number];

/** A box of workgroups out of a grid. */
export interface GridPart {
  readonly first: Grid;
  readonly groups: Grid;
  /** The part's share of all workgroups. */
  readonly share: number;
}

/** Fields of a uniform that say where a part begins; `partSizes` fills them in the same order. */
export const PART_FIELDS = 'firstX: u32, firstY: u32, firstZ: u32';
/** WGSL for the workgroup's place in the whole grid, given its place in the part. */
export const PART_GROUP = 'vec3u(sizes.firstX, sizes.firstY, sizes.firstZ)';

export function partSizes({ first }: GridPart): readonly number[] {
  return first;
}

/** Cuts a grid into boxes of at most `most` workgroups each, and no more along an axis than WebGPU allows. */
export function gridParts(grid: Grid, most: number): GridPart[] {
  const [x, y, z] = grid;
  const width = Math.min(x, MAX_GROUPS, Math.max(1, most));
  const height = Math.min(y, MAX_GROUPS, Math.max(1, Math.floor(most / width)));
  const depth = Math.min(z, MAX_GROUPS, Math.max(1, Math.floor(most / (width * height))));
  const parts: GridPart[] = [];
  for (const [firstZ, countZ] of pieces(z, depth)) {
    for (const [firstY, countY] of pieces(y, height)) {
      for (const [firstX, countX] of pieces(x, width)) {
        parts.push({
          first: [firstX, firstY, firstZ],
          groups: [countX, countY, countZ],
          share: (countX * countY * countZ) / (x * y * z),
        });
      }
    }
  }
  return parts;
}

/** Pieces of about equal size: where each begins and how long it is. */
function pieces(all: number, most: number): [number, number][] {
  const count = Math.ceil(all / Math.ceil(all / most));
  const starts = Array.from({ length: Math.ceil(all / count) }, (_, i) => i * count);
  return starts.map((start) => [start, Math.min(count, all - start)]);
}
