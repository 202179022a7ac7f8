/**
 * Times tiles of the matrix product's family for hardware on products of many shapes, whole and with the depth shared
 * by several workgroups, by the wall clock: node tiles.ts. The shares in workgroup-tile.ts are from its results.
 */
import { createTensor, openDevice, ProgramBuilder, readTensor, type Program } from '@monosema/engine';
import { view } from '../packages/engine/src/ops/matmul/problem.ts';
import { workgroupTile, type WorkgroupTileConfig } from '../packages/engine/src/ops/matmul/workgroup-tile.ts';
import { currentLoad, writeResults } from './harness.ts';

/** Rows, columns, depth of the slices; rows of a thread, and its vectors of four columns. */
const TILES: readonly (readonly [number, number, number, number, number])[] = [
  [128, 128, 8, 8, 2],
  [128, 128, 16, 8, 2],
  [128, 64, 16, 4, 2],
  [64, 128, 16, 8, 2],
  [64, 128, 16, 4, 2],
  [64, 64, 8, 4, 2],
  [64, 64, 16, 4, 2],
  [64, 64, 16, 8, 1],
  [64, 64, 32, 4, 2],
  [64, 64, 32, 4, 1],
  [64, 64, 16, 4, 1],
  [32, 64, 16, 4, 2],
  [32, 64, 32, 4, 1],
  [32, 32, 32, 4, 1],
  [64, 32, 32, 4, 1],
  [32, 32, 16, 4, 2],
];
const SPLITS = [1, 2, 4, 8, 16, 32];

interface Shape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly transposeLeft?: boolean;
  readonly transposeRight?: boolean;
}

const SHAPES: readonly Shape[] = [
  { m: 4096, k: 4096, n: 4096 },
  { m: 1024, k: 512, n: 2048 },
  { m: 256, k: 512, n: 4096 },
  { m: 8192, k: 512, n: 4096, transposeRight: true },
  { m: 8192, k: 4096, n: 512 },
  { m: 4096, k: 8192, n: 512, transposeLeft: true },
  { m: 1024, k: 64, n: 256 },
  { m: 64, k: 1024, n: 256, transposeLeft: true },
  { m: 4096, k: 1024, n: 256, transposeLeft: true },
  { m: 1023, k: 509, n: 2047 },
  { m: 16_384, k: 128, n: 512 },
];

/** A run repeats a product for about so long at 25 TFLOP/s, so that a GPU does not fall back to idle clocks. */
const RUN_MS = 4;
const ROUNDS = 5;

const gpu = await openDevice();
if (gpu.isCpu)
  throw new Error(`tiles: expected hardware, got ${gpu.name}; its kernels are of another family`);
const load = currentLoad();
const results: Record<string, unknown>[] = [];
for (const shape of SHAPES) {
  const times = await measure(shape);
  const flops = 2 * shape.m * shape.k * shape.n;
  const [best] = times;
  process.stdout.write(
    `${Object.values(shape).join(' ')}: ${best!.tile} ${(1000 * best!.milliseconds).toFixed(1)} µs, ${(flops / best!.milliseconds / 1e9).toFixed(1)} TFLOP/s\n`,
  );
  results.push({ ...shape, times });
}
writeResults(`tiles-${gpu.name.toLowerCase()}`, gpu, load, results);
gpu.close();

/** The fastest first. */
async function measure(shape: Shape): Promise<{ tile: string; milliseconds: number }[]> {
  const { m, k, n, transposeLeft = false, transposeRight = false } = shape;
  // Small whole numbers: whatever the order of adding, there is one right result.
  const whole = (size: number, seed: number) =>
    Float32Array.from({ length: size }, (_, i) => ((i * 37 + seed) % 7) - 3);
  const left = createTensor(gpu, 'left', transposeLeft ? [k, m] : [m, k], whole(m * k, 1));
  const right = createTensor(gpu, 'right', transposeRight ? [n, k] : [k, n], whole(k * n, 2));
  const out = createTensor(gpu, 'out', [m, n]);
  const build = async (config: WorkgroupTileConfig, repeats: number): Promise<Program> => {
    const p = new ProgramBuilder(gpu, 'tiles');
    for (let i = 0; i < repeats; i++) {
      const problem = {
        label: 'product',
        m,
        n,
        k,
        batch: [1, 1] as const,
        left: view(p.persistent(left), { transpose: transposeLeft }),
        right: view(p.persistent(right), { transpose: transposeRight }),
        out: view(p.persistent(out)),
        epilogue: {},
      };
      workgroupTile.record(p, problem, config);
    }
    return p.build();
  };
  const repeats = Math.min(200, Math.ceil(RUN_MS / Math.max(0.008, (2 * m * k * n) / 25e9)));
  const runners: { tile: string; program: Program; times: number[] }[] = [];
  let want: ArrayLike<number> | null = null;
  for (const config of configs(shape)) {
    const once = await build(config, 1);
    await once.run();
    const got = await readTensor(gpu, out);
    once.destroy();
    want ??= got;
    if (got.some((value, i) => value !== want![i]))
      throw new Error(`tiles: ${workgroupTile.describe(config)} differs from the first tile's product`);
    const tile = `${workgroupTile.describe({ ...config, splits: 1 })}, ${config.splits}`;
    runners.push({ tile, program: await build(config, repeats), times: [] });
  }
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { program, times } of runners) {
      const started = performance.now();
      await program.run();
      await gpu.idle();
      // The first compiles.
      if (round > 0) times.push((performance.now() - started) / repeats);
    }
  }
  for (const { program } of runners) program.destroy();
  for (const { buffer } of [left, right, out]) buffer.destroy();
  return runners
    .map(({ tile, times }) => ({
      tile,
      milliseconds: Number(times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!.toPrecision(4)),
    }))
    .sort((a, b) => a.milliseconds - b.milliseconds);
}

/** Splits that leave each workgroup some depth, and where tiles alone are few. */
function configs({ m, k, n }: Shape): WorkgroupTileConfig[] {
  return TILES.flatMap(([tileRows, tileColumns, depth, threadRows, threadVectors]) => {
    const tiles = Math.ceil(m / tileRows) * Math.ceil(n / tileColumns);
    return SPLITS.filter((splits) => splits === 1 || (k / splits >= 128 && tiles * splits <= 2200)).map(
      (splits) => ({ tileRows, tileColumns, depth, threadRows, threadVectors, splits }),
    );
  });
}
