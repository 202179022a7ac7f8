import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import {
  openUnchecked,
  runRecorded,
  type Sample,
  sample,
  seededRandom,
  SPARSE_SIZES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from './active-mask.ts';
import { activeMaskReference } from './active-mask.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(f: Sample, marks: 'positive' | 'not zero' = 'positive'): Promise<void> {
  const [rows, columns] = f.shape as [number, number];
  const got = await runRecorded(gpu, { f }, (p, values) => {
    const { columns: byColumn, rows: byRow, summary } = activeMask(p, values.f, marks);
    return { columns: byColumn, rows: byRow, summary };
  });
  const marked = marks === 'positive' ? f.values : f.values.map(Math.abs);
  const want = activeMaskReference(marked, rows, columns);
  for (const name of ['columns', 'rows', 'summary'] as const) {
    expect(
      got[name].findIndex((word, i) => word !== want[name][i]),
      name,
    ).toBe(-1);
    expect(got[name].length, name).toBe(want[name].length);
  }
}

test.each(SPARSE_SIZES)('the masks of (%i,%i) mark exactly the positive entries', async (rows, columns) => {
  await check(sparseSample(seededRandom(rows), [rows, columns]));
});

test.each(SPARSE_SIZES)(
  'the masks of (%i,%i) mark what is not 0, where that is asked',
  async (rows, columns) => {
    await check(sparseSample(seededRandom(rows), [rows, columns]), 'not zero');
  },
);

test('more than 32 blocks of rows take a second summary word', async () => {
  await check(sparseSample(seededRandom(1), [1025, 3]));
});

test('a full matrix and an empty one, infinities, zeros of either sign and NaN', async () => {
  await check(sample([33, 68], () => 1));
  await check(sample([33, 68], () => 0));
  await check(sample([1, 7], (i) => [Infinity, -Infinity, 0, -0, NaN, 1e-30, -1e-30][i]!));
});

test('the masks reach every entry when their grids fold past 65,535 workgroups', async () => {
  await check(sparseSample(seededRandom(1), [1, 65_537 * 64]));
});
