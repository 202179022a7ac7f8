import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { FOLDED_ROWS, openUnchecked, runRecorded, sample, seededRandom } from '../../testing/index.ts';
import { copyRows } from './copy-rows.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(width: number, rows: number, count: number): Promise<void> {
  const random = seededRandom(width);
  const source = sample([9, width], random.normal);
  const destination = sample([rows + 2, width], random.normal);
  // Every destination row at most once, in an order of its own; source rows again and again.
  const pairs = Uint32Array.from({ length: 2 * rows }, (_, i) =>
    i % 2 === 0 ? random.below(9) : (((i - 1) / 2) * 5 + 1) % rows,
  );
  const want = Float32Array.from(destination.values);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < width; d++)
      want[pairs[2 * i + 1]! * width + d] = -0.5 * source.values[pairs[2 * i]! * width + d]!;
  }
  const got = await runRecorded(
    gpu,
    { source, destination, places: { shape: [rows, 2], values: pairs } },
    (p, v) => {
      copyRows(p, v.source, v.places, v.destination);
      return { destination: v.destination };
    },
    { rows: count, scale: -0.5 },
  );
  expect(got.destination.findIndex((value, i) => value !== want[i])).toBe(-1);
}

test.each([
  { width: 1, rows: 1, count: 1 },
  { width: 3, rows: 7, count: 7 },
  { width: 7, rows: 9, count: 5 },
  { width: 64, rows: 4, count: 4 },
  { width: 65, rows: 4, count: 0 },
])(
  'of $rows places of width $width the first $count are copied and scaled, and no other row changes',
  async ({ width, rows, count }) => {
    await check(width, rows, count);
  },
);

test('copyRows reaches every row when its grid folds past 65,535 workgroups', async () => {
  await check(64, FOLDED_ROWS, FOLDED_ROWS);
});

test('copyRows refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    copyRows(
      p,
      p.temporary('source', [4, 8]),
      p.temporary('places', [3, 2], 'u32'),
      p.temporary('destination', [4, 7]),
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: copyRows: D differs, source (4,8) says 8 and destination (M,D) (4,7) says 7]`,
  );
});
