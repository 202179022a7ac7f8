import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NpzError, openNpz, type NpyArray } from './npz.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/golden/npz-${name}.npz`, import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-npz-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function whole(array: NpyArray): Promise<number[]> {
  const values: number[] = [];
  for await (const piece of array.pieces()) values.push(...piece);
  return values;
}

/** Opens an archive and reads it all; what goes wrong, the path taken out. */
async function outcome(path: string): Promise<string> {
  try {
    using file = await openNpz(path);
    for (const array of file.arrays.values()) await whole(array);
    return 'accepted';
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return `${(error as Error).name}: ${(error as Error).message.replace(path, 'FILE')}`;
  }
}

describe('an archive of NumPy', () => {
  it.each(['stored', 'compressed'])('%s: every array comes back, again and again', async (kind) => {
    using file = await openNpz(fixture(kind));
    const shapes = { W_enc: [3, 5], W_dec: [5, 3], b_enc: [5], b_dec: [3], threshold: [5] };
    expect(Object.fromEntries([...file.arrays].map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
    for (let round = 0; round < 2; round++) {
      for (const [name, { shape, dtype }] of file.arrays) {
        const size = shape.reduce((product, extent) => product * extent);
        expect(dtype).toBe('F32');
        expect(await whole(file.arrays.get(name)!)).toEqual(Array.from({ length: size }, (_, k) => k / 8));
      }
    }
  });

  it('may hold halves, doubles, one number or none', async () => {
    using file = await openNpz(fixture('kinds'));
    const found = [...file.arrays].map(([name, { dtype, shape }]) => [name, dtype, shape]);
    expect(found).toEqual([
      ['half', 'F16', [2, 2]],
      ['double', 'F64', [1]],
      ['scalar', 'F32', []],
      ['none', 'F32', [0, 4]],
    ]);
    expect(await whole(file.arrays.get('half')!)).toEqual([1.5, -2, 0.25, 65504]);
    expect(await whole(file.arrays.get('double')!)).toEqual([Math.fround(0.1)]);
    expect(await whole(file.arrays.get('scalar')!)).toEqual([3]);
    expect(await whole(file.arrays.get('none')!)).toEqual([]);
  });
});

describe('an archive that cannot be read', () => {
  it.each([
    ['columns', 'array columns: expected rows one after another, got fortran_order True'],
    ['integers', 'array integers: expected little-endian floats (<f8, <f4, <f2), got <i8'],
    ['pickled', 'array pickled: expected little-endian floats (<f8, <f4, <f2), got |O'],
    ['big-endian', 'array big: expected little-endian floats (<f8, <f4, <f2), got >f4'],
  ])('because of %s is refused in a sentence', async (name, sentence) => {
    const refused = await outcome(fixture(name));
    expect(refused).toBe(`NpzError: FILE: ${sentence}`);
  });

  it('because it is something else is refused in a sentence', async () => {
    const path = join(folder, 'params.npz');
    writeFileSync(path, 'not a zip archive at all');
    expect(await outcome(path)).toMatch(/^NpzError: FILE: expected a zip archive of arrays \(npz\), got "/);
    await expect(openNpz(join(folder, 'missing.npz'))).rejects.toThrow('ENOENT');
  });

  it.each(['stored', 'compressed'])('%s, cut at any byte, is refused in a sentence', async (kind) => {
    const path = join(folder, 'params.npz');
    const bytes = readFileSync(fixture(kind));
    for (let length = 0; length < bytes.length; length += 13) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(await outcome(path), `${length} bytes`).toMatch(/^NpzError: FILE: [^\n]+$/);
    }
  });

  it.each(['stored', 'compressed'])(
    '%s, with any byte flipped, is refused or read as it was',
    async (kind) => {
      const path = join(folder, 'params.npz');
      const bytes = readFileSync(fixture(kind));
      for (let at = 0; at < bytes.length; at += 7) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 0xff;
        writeFileSync(path, damaged);
        const result = await outcome(path);
        expect(result, `byte ${at}`).toMatch(/^(accepted|NpzError: FILE: [^\n]+)$/);
        if (result !== 'accepted') continue;
        // Bytes that carry nothing, as times and versions; a name may be another.
        using file = await openNpz(path);
        const sizes = [15, 15, 5, 3, 5].map((size) => Array.from({ length: size }, (_, k) => k / 8));
        const read: number[][] = [];
        for (const array of file.arrays.values()) read.push(await whole(array));
        expect(read, `byte ${at}`).toEqual(sizes);
      }
    },
  );

  it('because a shape claims more than there is, is refused', async () => {
    const path = join(folder, 'params.npz');
    const bytes = readFileSync(fixture('stored')).toString('latin1');
    writeFileSync(path, Buffer.from(bytes.replace("'shape': (3, 5)", "'shape': (9, 9)"), 'latin1'));
    expect(await outcome(path)).toBe(
      'NpzError: FILE: array W_enc: shape (9,9) of <f4 needs 324 bytes, got 60; the file is damaged',
    );
    expect(new NpzError('x').name).toBe('NpzError');
  });
});
