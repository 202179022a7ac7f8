import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask, activeRows } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets } from '../compact-rows/compact-rows.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { listedReconstruction } from './listed-reconstruction.ts';
import { maskedColumnSum } from '../masked-column-sum/masked-column-sum.ts';
import { sampledProduct } from '../sampled-product/sampled-product.ts';
import { sparseTransposedMatmul } from '../sparse-transposed-matmul/sparse-transposed-matmul.ts';
import { sparseMatmul } from './sparse-matmul.ts';
import { proofs } from './sparse-matmul.proof.ts';
import { sparseMatmulReference } from './sparse-matmul.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test.each([
  [7, 70, 5, [7, 31, 70]],
  [3, 2100, 261, [32, 1024, 1025, 2100]],
])('groups of columns of f (%i,%i) add up one after another, D %i', async (rows, features, width, groups) => {
  const random = seededRandom(5);
  const first = rows + 2;
  const f = sparseSample(random, [rows, features]);
  const w = sample([features, width], random.normal);
  const bias = sample([rows, width], random.normal);
  const { y } = await runRecorded(gpu, { f, w, bias }, (p, v) => ({
    y: sparseMatmul(p, v.f, activeMask(p, v.f), v.w, v.bias, 'y', { first, groups }),
  }));
  groups.forEach((end, g) => {
    const upTo = f.values.map((value, i) => (i % features < end ? value : 0));
    const want = sparseMatmulReference(upTo, w.values, new Float64Array(width));
    bias.values.forEach((value, i) => want.add(i, value));
    const got = y.subarray(g * first * width, (g * first + rows) * width);
    assertWithinRoundings(`up to ${end}`, [rows, width], got, want, features + 1);
  });
});

test('rows of which some entries are not listed, or that end before they begin, stay as they are', async () => {
  const [rows, features, width, room] = [12, 1030, 5, 1100];
  const random = seededRandom(6);
  const f = sparseSample(random, [rows, features]);
  const w = sample([features, width], random.normal);
  const bias = sample([width], random.normal);
  const x = sample([rows, width], random.normal);
  const before = { shape: [rows, width], values: new Float64Array(rows * width).fill(7) };
  const squares = { shape: [rows, 2], values: new Float64Array(rows * 2).fill(7) };
  const first = 2;
  const ends = Array.from(
    { length: rows + 1 },
    (_, row) => f.values.slice(first * features, row * features).filter((value) => value > 0).length,
  );
  // As the host shifts them where a list begins with a later row.
  const shifted = Uint32Array.from(ends, (end, row) => (row < first ? 2 ** 32 - 1 : end));
  const found = await runRecorded(
    gpu,
    { f, w, bias, x, before, squares, shifted: { shape: [rows + 1], values: shifted } },
    (p, v) => {
      const mask = activeRows(p, v.f);
      const entries = compactRows(p, v.f, mask.rows, rowOffsets(p, mask.rows), p.scalar('first'), room);
      return { ...listedReconstruction(p, v.shifted, entries, v, { y: v.before, squares: v.squares }) };
    },
    { first },
  );
  const fitting = ends.findLastIndex((end) => end <= room);
  expect(fitting).toBeGreaterThan(first);
  expect(fitting).toBeLessThan(rows);
  const all = sparseMatmulReference(f.values, w.values, bias.values);
  for (let row = 0; row < rows; row++) {
    const of = (values: ArrayLike<number>) => Array.from(values).slice(row * width, (row + 1) * width);
    if (row >= first && row < fitting) {
      const want = { values: Float64Array.from(of(all.values)), terms: Float64Array.from(of(all.terms)) };
      assertWithinRoundings(`row ${row}`, [width], of(found.y), want, features + 1);
    } else {
      expect(of(found.y)).toEqual(Array(width).fill(7));
      expect(Array.from(found.squares.subarray(2 * row, 2 * row + 2))).toEqual([7, 7]);
    }
  }
});

test('sparseMatmul refuses features that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  const record = () =>
    sparseMatmul(p, f, activeMask(p, f), p.temporary('w', [7, 3]), p.temporary('bias', [3]), 'y');
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparseMatmul: F differs, f (4,8) says 8 and w (F,D) (7,3) says 7]`,
  );
});

test('sparse ops refuse the mask of another matrix', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const [f, w, bias] = [p.temporary('f', [4, 8]), p.temporary('w', [8, 3]), p.temporary('bias', [3])];
  const other = activeMask(p, p.temporary('other', [5, 80]));
  const y = p.temporary('y', [4, 3]);
  expect(() => sparseMatmul(p, f, other, w, bias, 'y')).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparseMatmul: expected the mask of a matrix (4,8), whose rows are (4,1), got other active rows (5,3)]`,
  );
  expect(() => sparseTransposedMatmul(p, f, other, y, 'g')).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparseTransposedMatmul: expected the mask of a matrix (4,8), got other active rows by columns of 32 rows and 80 columns]`,
  );
  for (const record of [
    () => sampledProduct(p, y, w, f, other),
    () => maskedColumnSum(p, f, f, other),
    () => compactRows(p, f, other.rows, rowOffsets(p, other.rows), p.scalar('first'), 8),
  ])
    expect(record).toThrow(/expected the mask of a matrix \(4,8\)|B differs/);
});
