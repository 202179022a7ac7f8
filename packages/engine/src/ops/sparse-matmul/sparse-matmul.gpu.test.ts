import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets } from '../compact-rows/compact-rows.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { listedMatmul } from './listed-matmul.ts';
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

test('listed entries give the bits that marked ones give, in the rows that fit', async () => {
  const [rows, features, width, room] = [9, 2100, 77, 2500];
  const random = seededRandom(6);
  const f = sparseSample(random, [rows, features]);
  const w = sample([features, width], random.normal);
  const bias = sample([width], random.normal);
  const { listed, marked, offsets } = await runRecorded(
    gpu,
    { f, w, bias },
    (p, v) => {
      const mask = activeMask(p, v.f);
      const starts = rowOffsets(p, mask.rows);
      const entries = compactRows(p, v.f, mask.rows, starts, p.scalar('first'), room);
      return {
        offsets: starts,
        listed: listedMatmul(p, starts, entries, v.w, v.bias, 'listed'),
        marked: sparseMatmul(p, v.f, mask, v.w, v.bias, 'marked'),
      };
    },
    { first: 0 },
  );
  const fitting = Array.from(offsets).filter((end) => end <= room).length - 1;
  expect(fitting).toBeGreaterThan(0);
  expect(fitting).toBeLessThan(rows);
  expect(listed.subarray(0, fitting * width)).toEqual(marked.subarray(0, fitting * width));
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
