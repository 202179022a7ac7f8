import type { Gpu } from '../../device/gpu.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf } from '../../program/cost.ts';
import type { Value } from '../../program/value.ts';
import type { Family } from './family.ts';
import { DISPATCH_FLOPS, gridParts, partSizes } from './grid.ts';
import {
  floatBits,
  isVectorised,
  matmulCost,
  transposed,
  viewSizes,
  type Epilogue,
  type MatmulProblem,
  type MatrixView,
} from './problem.ts';
import { recordSplitSum } from './split-sum.ts';
import { workgroupTileText, type TileReading } from './workgroup-tile-text.ts';

/**
 * The family for hardware: a workgroup computes a tile, slices of both operands pass through workgroup memory, and
 * each thread holds a part of the tile in registers. Operands are read where they lie.
 *
 * With `splits` above one as many workgroups share the depth of a tile, and their sums are added in order afterwards:
 * a gradient of weights has few tiles and a long depth, and would leave most of the hardware idle.
 */
export interface WorkgroupTileConfig {
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Of the slices. */
  readonly depth: number;
  /** Of a thread: rows, and vectors of four columns. */
  readonly threadRows: number;
  readonly threadVectors: number;
  readonly splits: number;
}

export function threadsOf({ tileRows, tileColumns, threadRows, threadVectors }: Tile): {
  x: number;
  y: number;
} {
  return { x: tileColumns / (4 * threadVectors), y: tileRows / threadRows };
}

type Tile = Omit<WorkgroupTileConfig, 'splits'>;

const tile = (
  tileRows: number,
  tileColumns: number,
  depth: number,
  threadRows: number,
  threadVectors: number,
): Tile => ({ tileRows, tileColumns, depth, threadRows, threadVectors });

/**
 * Tiles, and with what share of the best one's speed each works when all of the hardware is busy; from products of many
 * shapes on an H200, where the best reaches 32 TFLOP/s, 53 % of what chains of fused multiply-adds do there.
 */
const TILES: readonly (readonly [Tile, number])[] = [
  [tile(128, 64, 16, 4, 2), 1],
  [tile(64, 128, 16, 4, 2), 1],
  [tile(128, 128, 16, 8, 2), 0.97],
  [tile(64, 64, 16, 4, 2), 0.95],
  [tile(64, 64, 32, 4, 2), 0.93],
  [tile(64, 64, 32, 4, 1), 0.85],
  [tile(32, 64, 32, 4, 1), 0.7],
  [tile(32, 32, 32, 4, 1), 0.6],
  [tile(32, 32, 16, 4, 1), 0.5],
];
/** Threads with which hardware reaches half of its speed: with fewer it mostly waits for memory. */
const HALF_SPEED_THREADS = 16_384;
/** Threads beyond which a split gains nothing. */
const BUSY_THREADS = 131_072;
/** A split should have this much depth to work on. */
const SPLIT_DEPTH = 128;

export const workgroupTile: Family<WorkgroupTileConfig> = {
  name: 'workgroup-tile',

  configs(gpu, problem) {
    if (gpu.isCpu) return [];
    const ranked: { readonly config: WorkgroupTileConfig; readonly cost: number }[] = [];
    for (const [tile, speed] of TILES) {
      if (!fits(gpu, tile)) continue;
      for (const splits of splitsOf(tile, problem)) {
        const config = { ...tile, splits };
        ranked.push({ config, cost: estimate(problem, config, speed) });
      }
    }
    return ranked.sort((a, b) => a.cost - b.cost).map(({ config }) => config);
  },

  describe: ({ tileRows, tileColumns, depth, threadRows, threadVectors, splits }) =>
    `${tileRows}x${tileColumns}x${depth} by ${threadRows}x${4 * threadVectors}${splits === 1 ? '' : ' in parts'}`,

  record(p, problem, config) {
    if (config.splits === 1) {
      recordTiles(p, problem, config, problem.out, problem.epilogue);
      return;
    }
    const { label, m, n, batch } = problem;
    const parts = p.temporary(`${label} in parts`, [batch[0] * batch[1], config.splits, m, n]);
    const out = {
      value: parts,
      offset: 0,
      rowStride: n,
      columnStride: 1,
      batchStrides: [batch[1] * config.splits * m * n, config.splits * m * n],
    } as const;
    recordTiles(p, problem, config, out, {});
    recordSplitSum(p, problem, parts, config.splits);
  },
};

function fits({ device: { limits } }: Gpu, tile: Tile): boolean {
  const { x, y } = threadsOf(tile);
  const bytes = 16 * tile.depth * (tile.tileRows / 4 + tile.tileColumns / 4 + 2);
  return x * y <= limits.maxComputeInvocationsPerWorkgroup && bytes <= limits.maxComputeWorkgroupStorageSize;
}

function tilesOf({ m, n, batch }: MatmulProblem, { tileRows, tileColumns }: Tile) {
  return {
    rows: Math.ceil(m / tileRows),
    columns: Math.ceil(n / tileColumns),
    batches: batch[0] * batch[1],
  };
}

/** One, and a number of splits that would keep the hardware busy where tiles alone would not. */
function splitsOf(tile: Tile, problem: MatmulProblem): number[] {
  const { rows, columns, batches } = tilesOf(problem, tile);
  const { x, y } = threadsOf(tile);
  const wanted = Math.floor(BUSY_THREADS / (rows * columns * batches * x * y));
  const splits = Math.min(32, wanted, Math.floor(problem.k / SPLIT_DEPTH));
  return splits > 1 ? [1, splits] : [1];
}

/** Proportional to the time that a configuration should take. */
function estimate(problem: MatmulProblem, config: WorkgroupTileConfig, speed: number): number {
  const { rows, columns, batches } = tilesOf(problem, config);
  const { x, y } = threadsOf(config);
  const tiles = rows * columns * batches;
  const threads = tiles * config.splits * x * y;
  const work = tiles * config.tileRows * config.tileColumns * problem.k;
  // Adding up the parts moves each element once more, at the price of some 64 multiplications.
  const adding = config.splits === 1 ? 0 : 64 * config.splits * batches * problem.m * problem.n;
  return (work / speed) * (1 + HALF_SPEED_THREADS / threads) + adding;
}

function recordTiles(
  p: ProgramBuilder,
  problem: MatmulProblem,
  config: WorkgroupTileConfig,
  out: MatrixView,
  epilogue: Epilogue,
): void {
  const { m, n, k, batch, left, right } = problem;
  const { tileRows, tileColumns, depth, splits } = config;
  const vectorised = isVectorised(out, n);
  const readings = {
    left: readingOf(transposed(left), k, m),
    right: readingOf(right, k, n),
  };
  const { source, epilogue: text } = workgroupTileText({ ...config, ...readings, vectorised, epilogue });
  const { rows, columns, batches } = tilesOf(problem, config);
  const label = `matmul/workgroup-tile ${workgroupTile.describe({ ...config, splits: 1 })} ${readings.left} ${readings.right}${vectorised ? '' : ' edge'}${text.name}`;
  const cost = matmulCost({ ...problem, epilogue });
  const splitDepth = Math.ceil(k / splits / depth) * depth;
  const most = Math.ceil(DISPATCH_FLOPS[p.gpu.adapterClass] / (2 * tileRows * tileColumns * splitDepth));
  const bindings: Value[] = [left.value, right.value, out.value, ...text.bindings];
  for (const part of gridParts([columns, rows, batches * splits], most)) {
    const sizes = [
      [left, right, out].flatMap(viewSizes),
      [m, n, k, splits, splitDepth, batch[1], floatBits(epilogue.scale ?? 1)],
      partSizes(part),
    ];
    p.dispatch({
      kernel: { label, source },
      constants: text.constants,
      bindings,
      groups: part.groups,
      sizes: Uint32Array.from(sizes.flat()),
      cost: {
        flops: cost.flops * part.share,
        bytes: (cost.bytes + bytesOf((splits - 1) * batches * m * n)) * part.share,
      },
    });
  }
}

/** How slices of a (depth, extent) matrix are read. */
function readingOf(matrix: MatrixView, depth: number, extent: number): TileReading {
  if (isVectorised(matrix, extent)) return 'across';
  if (isVectorised(transposed(matrix), depth)) return 'along';
  return matrix.rowStride === 1 ? 'along singly' : 'across singly';
}
