import {
  copyRows,
  createTensor,
  ProgramBuilder,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { contextOrder } from '../tokens/contexts.ts';
import type { ActivationSource } from './activation-source.ts';
import type { ActivationShards } from './activation-shards.ts';

/** Neighbouring rows that are read together: files are read in long pieces, and a batch has few of each. */
const BLOCK_ROWS = 32;

/**
 * Activation vectors from files, each once. Blocks of neighbouring rows come in a shuffled order over all files, so that
 * a buffer holds vectors from everywhere; the order depends on the seed alone.
 */
export class ShardSource implements ActivationSource {
  readonly capacity: number;
  readonly rows: number;
  readonly #gpu: Gpu;
  readonly #shards: ActivationShards;
  readonly #staging: Tensor;
  readonly #places: Tensor;
  readonly #program: Program;
  /** Number of the first block of each file; one more at the end. */
  readonly #firstBlocks: readonly number[];
  readonly #order: (place: number) => number;
  /** Vectors given, the place of the block that comes next, and how many of its rows are gone. */
  #given = 0;
  #place = 0;
  #into = 0;

  private constructor(
    gpu: Gpu,
    shards: ActivationShards,
    seed: number,
    staging: Tensor,
    places: Tensor,
    program: Program,
  ) {
    this.#gpu = gpu;
    this.#shards = shards;
    this.#staging = staging;
    this.#places = places;
    this.#program = program;
    this.rows = staging.shape[0]!;
    this.capacity = shards.rows.reduce((sum, rows) => sum + rows, 0);
    const firstBlocks = [0];
    for (const rows of shards.rows) firstBlocks.push(firstBlocks.at(-1)! + Math.ceil(rows / BLOCK_ROWS));
    this.#firstBlocks = firstBlocks;
    this.#order = contextOrder(Math.max(1, firstBlocks.at(-1)!), seed);
  }

  /** @param rows vectors that come at a time @param buffer (S,A) */
  static async open(
    gpu: Gpu,
    shards: ActivationShards,
    rows: number,
    seed: number,
    buffer: Tensor,
  ): Promise<ShardSource> {
    const staging = createTensor(gpu, 'vectors read', [rows, shards.width]);
    const places = createTensor(gpu, 'fill places', [rows, 2], null, 'u32');
    const p = new ProgramBuilder(gpu, 'activation shards');
    copyRows(p, p.persistent(staging), p.persistent(places), p.persistent(buffer));
    return new ShardSource(gpu, shards, seed, staging, places, await p.build());
  }

  get given(): number {
    return this.#given;
  }

  seek(given: number): void {
    this.#given = given;
    this.#place = 0;
    let left = given;
    for (; left > 0; this.#place++) {
      const { count } = this.#block(this.#place);
      if (left < count) break;
      left -= count;
    }
    this.#into = left;
  }

  async fill(slots: readonly number[]): Promise<number> {
    const { width } = this.#shards;
    const count = Math.min(slots.length, this.capacity - this.#given);
    const vectors = new Float32Array(count * width);
    for (let filled = 0; filled < count;) {
      const block = this.#block(this.#place);
      const rows = Math.min(block.count - this.#into, count - filled);
      vectors.set(this.#shards.read(block.file, block.start + this.#into, rows), filled * width);
      filled += rows;
      this.#into += rows;
      if (this.#into < block.count) continue;
      this.#place += 1;
      this.#into = 0;
    }
    this.#given += count;
    if (count === 0) return 0;
    writeTensor(this.#gpu, this.#staging, vectors);
    const places = Uint32Array.from(slots.slice(0, count).flatMap((slot, row) => [row, slot]));
    writeTensor(this.#gpu, this.#places, places);
    await this.#program.run({ rows: count, scale: 1 });
    return count;
  }

  close(): void {
    this.#program.destroy();
    for (const tensor of [this.#staging, this.#places]) tensor.buffer.destroy();
  }

  /** The rows of the block at a place of the shuffled order. */
  #block(place: number): { file: number; start: number; count: number } {
    const number = this.#order(place);
    let [file, end] = [0, this.#firstBlocks.length - 1];
    while (end - file > 1) {
      const middle = (file + end) >>> 1;
      if (this.#firstBlocks[middle]! <= number) file = middle;
      else end = middle;
    }
    // Files without rows have no blocks: of equal first blocks the last is the one.
    const start = (number - this.#firstBlocks[file]!) * BLOCK_ROWS;
    return { file, start, count: Math.min(BLOCK_ROWS, this.#shards.rows[file]! - start) };
  }
}
