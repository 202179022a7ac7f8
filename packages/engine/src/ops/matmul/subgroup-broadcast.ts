import type { Gpu } from '../../device/gpu.ts';
import { readsTexturesFaster } from '../../program/texture.ts';
import type { Value } from '../../program/value.ts';
import type { Family } from './family.ts';
import { packLeft, packRight } from './pack.ts';
import { PackedOperands, type Place } from './packed.ts';
import { isVectorised, transposed, type MatmulProblem } from './problem.ts';
import { recordRegisterTile } from './record-register-tile.ts';

/**
 * The family for CPU rasterisers: one subgroup computes a register tile, and each element of the left operand is
 * loaded once by one lane and broadcast from its register.
 *
 * An operand that many tiles read is packed first, into a buffer or, where loads from those are dearer, a texture.
 * One that few tiles read is cheaper read where it lies.
 */
export interface SubgroupBroadcastConfig {
  readonly lanes: number;
  readonly tileRows: number;
  readonly vectors: number;
  readonly left: Place | 'direct';
  readonly right: Place | 'direct';
}

export const subgroupBroadcast: Family<SubgroupBroadcastConfig> = {
  name: 'subgroup-broadcast',

  configs(gpu, problem) {
    if (!gpu.isCpu) return [];
    const lanes = gpu.subgroupSize;
    const configs: SubgroupBroadcastConfig[] = [];
    for (const tileRows of [32, 16, 8]) {
      if (tileRows % lanes !== 0) continue;
      for (const vectors of [2, 1]) {
        const tile = { lanes, tileRows, vectors };
        for (const left of leftPlaces(gpu, problem, tile))
          for (const right of rightPlaces(gpu, problem, tile)) configs.push({ ...tile, left, right });
      }
    }
    const costs = COSTS[gpu.adapterClass === 'cpu-wide' ? 'cpu-wide' : 'cpu-narrow'];
    const estimates = new Map(configs.map((config) => [config, estimate(costs, problem, config)]));
    return configs.sort((a, b) => estimates.get(a)! - estimates.get(b)!);
  },

  describe: ({ tileRows, lanes, vectors, left, right }) =>
    `${tileRows}x${4 * lanes * vectors} left ${left} right ${right}`,

  record(p, problem, config) {
    const { label, batch, left, right, m, n, k, packed = new PackedOperands() } = problem;
    const { lanes, tileRows, vectors, left: leftPlace, right: rightPlace } = config;
    const { rowTiles, panels } = tiles(problem, config);
    const source = { label, batch, depth: k };
    const pack = {
      left: (place: Place): Value =>
        packed.of(left, `${rowTiles * tileRows} rows in ${place}`, () =>
          packLeft(
            p,
            { ...source, matrix: left, rows: m },
            { lanes, blocks: (rowTiles * tileRows) / lanes, place },
          ),
        ),
      right: (place: Place): Value =>
        packed.of(right, `${panels} of ${vectors} in ${place}`, () =>
          packRight(p, { ...source, matrix: right, columns: n }, { lanes, vectors, panels, place }),
        ),
    };
    recordRegisterTile(p, problem, {
      name: this.name,
      tile: { lanes, tileRows, vectors, leftReaches: 'broadcast' },
      left:
        leftPlace === 'direct'
          ? [left.value, isVectorised(left, k) ? 'rows' : 'single']
          : [pack.left(leftPlace), leftPlace],
      right:
        rightPlace === 'direct'
          ? [right.value, isVectorised(right, n) ? 'rows' : 'columns']
          : [pack.right(rightPlace), rightPlace],
    });
  },
};

function tiles({ m, n }: MatmulProblem, { lanes, tileRows, vectors }: Tile) {
  return { rowTiles: Math.ceil(m / tileRows), panels: Math.ceil(n / (4 * lanes * vectors)) };
}

type Tile = Pick<SubgroupBroadcastConfig, 'lanes' | 'tileRows' | 'vectors'>;

function leftPlaces(gpu: Gpu, problem: MatmulProblem, tile: Tile): (Place | 'direct')[] {
  const { batch, k } = problem;
  const packed = batch[0] * batch[1] * tiles(problem, tile).rowTiles * tile.tileRows * (k + 3);
  return ['direct', ...packedPlaces(gpu, packed)];
}

function rightPlaces(gpu: Gpu, problem: MatmulProblem, tile: Tile): (Place | 'direct')[] {
  const { batch, right, n, k } = problem;
  const packed = batch[0] * batch[1] * tiles(problem, tile).panels * 4 * tile.lanes * tile.vectors * (k + 3);
  const isDirect = isVectorised(right, n) || isVectorised(transposed(right), k);
  return [...(isDirect ? (['direct'] as const) : []), ...packedPlaces(gpu, packed)];
}

/** Where a packed operand of at most so many floats may lie; nowhere if it is too large for that. */
function packedPlaces(gpu: Gpu, floats: number): Place[] {
  if (readsTexturesFaster(gpu, [floats])) return ['texture'];
  return 4 * floats <= gpu.largestBinding ? ['buffer'] : [];
}

/** Nanoseconds on one core, fitted to what products of many sizes took. */
interface Costs {
  /** A row times a vector of columns, four deep, in all lanes. */
  readonly multiply: number;
  /** Broadcasting four elements of a row. */
  readonly broadcast: number;
  /** Loading a vec4f in all lanes, by where it lies. */
  readonly load: Readonly<Record<Place | 'direct' | 'single', number>>;
  /** Packing as many. */
  readonly pack: number;
  readonly store: number;
  readonly workgroup: number;
  readonly dispatch: number;
}

const COSTS: Readonly<Record<'cpu-wide' | 'cpu-narrow', Costs>> = {
  'cpu-wide': {
    multiply: 4.7,
    broadcast: 1,
    load: { texture: 5.5, buffer: 33, direct: 33, single: 36 },
    pack: 80,
    store: 60,
    workgroup: 200,
    dispatch: 25_000,
  },
  'cpu-narrow': {
    multiply: 18,
    broadcast: 9,
    load: { texture: 60, buffer: 30, direct: 30, single: 55 },
    pack: 60,
    store: 80,
    workgroup: 200,
    dispatch: 25_000,
  },
};

/** Cores that are thought to share the work: too few tiles leave some of them idle. */
const CORES = 4;

function estimate(costs: Costs, problem: MatmulProblem, config: SubgroupBroadcastConfig): number {
  const { m, k, batch, left } = problem;
  const { lanes, tileRows, vectors } = config;
  const { rowTiles, panels } = tiles(problem, config);
  const batches = batch[0] * batch[1];
  const steps = Math.ceil(k / 4);
  const leftLoad = config.left === 'direct' && !isVectorised(left, k) ? 'single' : config.left;
  const step =
    tileRows * vectors * costs.multiply +
    tileRows * costs.broadcast +
    (tileRows / lanes) * costs.load[leftLoad] +
    4 * vectors * costs.load[config.right];
  const rows = Math.min(m, tileRows);
  const tile = costs.workgroup + steps * step + rows * vectors * costs.store;
  const packs = [
    { packed: config.left !== 'direct', vectors: rowTiles * (tileRows / lanes) * steps },
    { packed: config.right !== 'direct', vectors: panels * vectors * steps * 4 },
  ].filter(({ packed }) => packed);
  return (
    (tile * Math.ceil((rowTiles * panels * batches) / CORES) * CORES +
      packs.reduce((sum, pack) => sum + batches * pack.vectors * costs.pack, 0)) /
      CORES +
    (1 + packs.length) * costs.dispatch
  );
}
