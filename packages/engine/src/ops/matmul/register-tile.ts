import type { Family } from './family.ts';
import { isVectorised, transposed, type MatmulProblem } from './problem.ts';
import { recordRegisterTile } from './record-register-tile.ts';
import type { RightReading } from './register-tile-text.ts';

/**
 * The portable floor: no subgroup operations and no workgroup memory, only registers. Every thread loads the left
 * operand's elements itself, which caches serve, since neighbours want the same ones.
 */
export interface RegisterTileConfig {
  /** Threads of a workgroup, side by side along the columns. */
  readonly threads: number;
  readonly tileRows: number;
  readonly vectors: number;
}

export const registerTile: Family<RegisterTileConfig> = {
  name: 'register-tile',

  configs(gpu, problem) {
    // A workgroup should fill the lanes of the machine and no more: 8 are right for rasterisers, 32 for hardware.
    const threads = gpu.software ? 8 : 32;
    const shapes = [
      { tileRows: 16, vectors: 2 },
      { tileRows: 8, vectors: 2 },
      { tileRows: 8, vectors: 1 },
      { tileRows: 4, vectors: 1 },
    ];
    const work = ({ tileRows, vectors }: Pick<RegisterTileConfig, 'tileRows' | 'vectors'>): number => {
      const width = 4 * threads * vectors;
      const padded = Math.ceil(problem.m / tileRows) * tileRows * Math.ceil(problem.n / width) * width;
      // Larger tiles load less for each multiplication, but not where most of a tile would be padding.
      return padded * (1 + 4 / tileRows + 1 / vectors);
    };
    return shapes.map((shape) => ({ threads, ...shape })).sort((a, b) => work(a) - work(b));
  },

  describe: ({ threads, tileRows, vectors }) => `${tileRows}x${4 * vectors} by ${threads}`,

  record(p, problem, { threads, tileRows, vectors }) {
    const { left, right, k } = problem;
    recordRegisterTile(p, problem, {
      name: this.name,
      tile: { lanes: threads, tileRows, vectors, leftReaches: 'each' },
      left: [left.value, isVectorised(left, k) ? 'rows' : 'single'],
      right: [right.value, readingOf(problem)],
    });
  },
};

function readingOf({ right, n, k }: MatmulProblem): RightReading {
  if (isVectorised(right, n)) return 'rows';
  return isVectorised(transposed(right), k) ? 'columns' : 'single';
}
