import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { plantedDictionary } from '../testing/planted-model.ts';
import { ListedEntries } from './listed-entries.ts';

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
    const p = new ProgramBuilder(gpu, 'list');
    const listed = ListedEntries.ofDictionary(p, 'A/1', p.persistent(x), dictionary, room);
    const program = await p.build();
    await program.run({ first: 0 });
    const starts = await readTensor(gpu, listed.offsets);
    expect(listed.fits(starts, N)).toBe(room === undefined);
    const { pieces, squares } = await listed.bringBack(starts, N, 0);
    const reconstruction = await readTensor(gpu, listed.reconstruction);
    listed.destroy();
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

test('neurons that are all above zero come back whole, though there is room for fewer', async () => {
  const [N, A] = [24, 12];
  const uniform = uniforms(4);
  const data = Float32Array.from({ length: N * A }, () => 0.1 + uniform());
  const p = new ProgramBuilder(gpu, 'list');
  const listed = ListedEntries.ofNeurons(p, 'A/neurons', p.persistent(createTensor(gpu, 'x', [N, A], data)));
  const program = await p.build();
  await program.run({ first: 0 });
  const starts = await readTensor(gpu, listed.offsets);
  // The last rows do not count.
  const rows = N - 3;
  expect(listed.fits(starts, rows)).toBe(false);
  const { pieces, squares } = await listed.bringBack(starts, rows, 100);
  expect(squares).toBeNull();
  expect(pieces.map(({ first }) => first)).toEqual([100, 100 + pieces[0]!.rows]);
  expect(pieces.flatMap(({ values }) => [...values])).toEqual([...data.subarray(0, rows * A)]);
  expect(pieces.every(({ offsets }) => offsets.every((offset, row) => offset === row * A))).toBe(true);
  listed.destroy();
  program.destroy();
});
