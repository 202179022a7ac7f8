import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeForeign } from '../artefacts/testing/foreign-file.ts';
import { ActivationShards } from './activation-shards.ts';
import { ActivationStream, type StreamState } from './activation-stream.ts';
import { ShardSource } from './shard-source.ts';

const A = 3;
/** Rows of the files: none, less than a block, whole blocks, and a rest. */
const SIZES = [0, 5, 64, 200, 0, 131];
const TOTAL = SIZES.reduce((sum, rows) => sum + rows, 0);

let gpu: Gpu;
let folder: string;
let shards: ActivationShards;
beforeAll(async () => {
  gpu = await openDevice();
  folder = mkdtempSync(join(tmpdir(), 'monosema-shards-'));
  let first = 0;
  SIZES.forEach((rows, i) => {
    // A row holds its own number, thrice; half precision keeps it.
    const values = Array.from({ length: rows * A }, (_, j) => first + Math.floor(j / A) + 1);
    writeForeign(join(folder, `${i}.safetensors`), { acts: { dtype: 'F16', shape: [rows, A], values } });
    first += rows;
  });
  shards = ActivationShards.open(folder);
});
afterAll(() => {
  shards[Symbol.dispose]();
  gpu.close();
  rmSync(folder, { recursive: true });
});

const open = (seed = 1, { batch = 10, bufferVectors = 64, rows = 16 } = {}): Promise<ActivationStream> =>
  ActivationStream.open(gpu, A, { batch, bufferVectors, seed }, (buffer) =>
    ShardSource.open(gpu, shards, rows, seed, buffer),
  );

/** Numbers of the rows of the next batches. */
async function numbers(stream: ActivationStream, batches: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < batches; i++) {
    await stream.next();
    const rows = await readTensor(gpu, stream.batch);
    for (let row = 0; row < rows.length; row += A) {
      expect(rows[row + 2]).toBe(rows[row]);
      found.push(Math.round(rows[row]! / stream.scale));
    }
  }
  return found;
}

describe('a stream of activations from files', () => {
  it.each([
    { batch: 10, bufferVectors: 64, rows: 16 },
    { batch: 1, bufferVectors: 7, rows: 3 },
    { batch: 50, bufferVectors: 100, rows: 50 },
  ])('gives every vector once, to the last, shuffled: %o', async (sizes) => {
    const stream = await open(1, sizes);
    expect(stream.capacity).toBe(TOTAL);
    const given = await numbers(stream, TOTAL / sizes.batch);
    expect(given.toSorted((a, b) => a - b)).toEqual(Array.from({ length: TOTAL }, (_, i) => i + 1));
    expect(given).not.toEqual(given.toSorted((a, b) => a - b));
    await expect(stream.next()).rejects.toThrow(
      `internal: a batch of ${sizes.batch} where 0 vectors are left`,
    );
    stream.close();
  });

  it('takes from all over the files at once', async () => {
    const stream = await open();
    const [first, second] = [await numbers(stream, 1), await numbers(stream, 1)];
    // The buffer holds two of fourteen blocks or so; without shuffling them a batch would span 64 rows.
    for (const batch of [first, second]) expect(Math.max(...batch) - Math.min(...batch)).toBeGreaterThan(64);
    stream.close();
  });

  it('is decided by its seed', async () => {
    const [one, same, other] = [await open(1), await open(1), await open(2)];
    const first = await numbers(one, 8);
    expect(await numbers(same, 8)).toEqual(first);
    expect(await numbers(other, 8)).not.toEqual(first);
    for (const stream of [one, same, other]) stream.close();
  });

  it.each([0, 1, 7, 31])(
    'goes on exactly where its state and its buffer left it, after %d batches',
    async (after) => {
      const whole = await open();
      await numbers(whole, after);
      const state = JSON.parse(JSON.stringify(whole.state())) as StreamState;
      const buffer = await readTensor(gpu, whole.buffer);
      const rest = await numbers(whole, TOTAL / 10 - after);
      const resumed = await open();
      resumed.restore(state);
      writeTensor(gpu, resumed.buffer, buffer);
      expect(await numbers(resumed, TOTAL / 10 - after)).toEqual(rest);
      whole.close();
      resumed.close();
    },
  );
});
