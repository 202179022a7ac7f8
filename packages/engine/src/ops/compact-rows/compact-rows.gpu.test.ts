import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice, type Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor, type Tensor } from '../../tensor/tensor.ts';
import { asHardware, buildAndPoison, seededRandom } from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets, rowsThatFit } from './compact-rows.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** A matrix whose entries are positive with the given probability, and its entries as the host finds them. */
function sparseMatrix(rows: number, width: number, density: number) {
  const random = seededRandom(rows * width);
  const f = Float32Array.from({ length: rows * width }, () =>
    random.uniform(0, 1) < density ? random.uniform(0.1, 2) : -random.uniform(0, 1),
  );
  const entries: [row: number, column: number, value: number][] = [];
  f.forEach((value, i) => value > 0 && entries.push([Math.floor(i / width), i % width, value]));
  return { f, entries };
}

async function compact(on: Gpu, f: Float32Array, rows: number, width: number, capacity: number) {
  const p = new ProgramBuilder(on, 'compact');
  const value = p.persistent(createTensor(on, 'f', [rows, width], f));
  const { rows: mask } = activeMask(p, value);
  const offsetsValue = rowOffsets(p, mask);
  const compacted = compactRows(p, value, mask, offsetsValue, p.scalar('first'), capacity);
  const [offsetsTensor, columns, values] = [offsetsValue, compacted.columns, compacted.values].map((v) =>
    p.output(v),
  );
  const program = await buildAndPoison(on, p, [offsetsTensor!, columns!, values!]);
  const found: [number, number, number][] = [];
  let runs = 0;
  for (let first = 0; first < rows; runs++) {
    await program.run({ first });
    const offsets = await readTensor(on, offsetsTensor as Tensor & { dtype: 'u32' });
    const fitting = rowsThatFit(offsets, first, rows, capacity);
    const count = offsets[first + fitting]! - offsets[first]!;
    const [c, v] = [await readTensor(on, columns!, 0, count), await readTensor(on, values!, 0, count)];
    for (let row = first; row < first + fitting; row++) {
      for (let e = offsets[row]! - offsets[first]!; e < offsets[row + 1]! - offsets[first]!; e++)
        found.push([row, c[e]!, v[e]!]);
    }
    first += fitting;
  }
  program.destroy();
  return { found, runs };
}

// Widths go around the 32 bits of a word and the lanes' words of a chunk; rows around the lanes of the prefix sum.
const CASES = [
  [1, 1, 0.5],
  [7, 31, 0.4],
  [5, 33, 0.4],
  [65, 130, 0.1],
  [130, 2080, 0.02],
  [3, 64, 1],
  [9, 40, 0],
] as const;

test.each(CASES)(
  'the entries of (%i,%i) at density %f come back in order, as the host finds them',
  async (rows, width, density) => {
    const { f, entries } = sparseMatrix(rows, width, density);
    for (const on of [gpu, asHardware(gpu)]) {
      expect((await compact(on, f, rows, width, rows * width)).found).toEqual(entries);
    }
  },
);

test('a matrix with more entries than there is room for comes back whole, in several runs', async () => {
  const { f, entries } = sparseMatrix(60, 96, 0.5);
  const { found, runs } = await compact(gpu, f, 60, 96, 100);
  expect(found).toEqual(entries);
  expect(runs).toBeGreaterThan(20);
});

test('compactRows refuses room for less than a row', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 64]);
  const record = () =>
    compactRows(
      p,
      f,
      p.temporary('mask', [4, 2], 'u32'),
      p.temporary('offsets', [5], 'u32'),
      p.scalar('first'),
      63,
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: compactRows: expected offsets (5) and room for a row of 64 entries, got (5) and room for 63]`,
  );
});
