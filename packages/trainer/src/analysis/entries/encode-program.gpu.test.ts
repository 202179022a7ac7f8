import { createTensor, openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { plantedDictionary } from '../testing/planted-model.ts';
import { EncodeProgram } from './encode-program.ts';
import type { Rows } from './entry-file.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

test('a batch with more entries than are listed at once comes back and is reconstructed to the bit', async () => {
  const [N, A, F] = [24, 12, 70];
  const uniform = uniforms(9);
  const data = Float32Array.from({ length: N * A }, () => uniform());
  const x = createTensor(gpu, 'x', [N, A], data);
  const { dictionary } = plantedDictionary(gpu, 'A/1', A, F);
  const found = async (room?: number) => {
    const program = await EncodeProgram.build(gpu, 'A/1', dictionary, x, room);
    await program.encode();
    const starts = await readTensor(gpu, program.offsets);
    await program.complete(starts, N);
    const pieces: Rows[] = [];
    const squares = await program.bringBack(starts, N, 0, (rows) => pieces.push(rows));
    const reconstruction = await readTensor(gpu, program.reconstruction);
    program.destroy();
    const features = pieces.flatMap((rows) => [...rows.features]);
    const values = pieces.flatMap((rows) => [...rows.values]);
    return { pieces: pieces.length, all: { starts, features, values, squares, reconstruction } };
  };
  const [whole, pieces] = [await found(), await found(F)];
  expect(whole.pieces).toBe(1);
  expect(whole.all.starts[N]).toBeGreaterThan(3 * F);
  expect(pieces.pieces).toBeGreaterThan(3);
  expect(pieces.all).toEqual(whole.all);
});
