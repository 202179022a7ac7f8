import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import {
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  runRecorded,
  type Sample,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { topKAmong } from './top-k-among.ts';
import { topKAmongReference } from './top-k-among.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

const AT_LEAST = 100;

/** Selected values are copies, so they must be equal, zeros included. */
async function check(on: Gpu, x: Sample, idle: Uint32Array, k: number): Promise<void> {
  const inputs = { x, idle: { shape: [idle.length], values: idle } };
  const { y } = await runRecorded(on, inputs, (p, v) => ({ y: topKAmong(p, v.x, v.idle, AT_LEAST, k) }));
  const want = topKAmongReference(x.values, idle, AT_LEAST, k);
  const wrong = y.findIndex((value, i) => value !== want[i]);
  expect(wrong < 0 ? null : { at: wrong, got: y[wrong], want: want[wrong] }).toBeNull();
}

const idleCounts = (width: number): Uint32Array =>
  Uint32Array.from({ length: width }, (_, j) => [99, 100, 101, 4_000_000_000][j % 4]!);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))(
    'the largest of (%i,%i) among idle columns are exact, whatever their sign',
    async (rows, width) => {
      for (const k of [1, 5, width])
        await check(choose(gpu), sample([rows, width], seededRandom(rows).normal), idleCounts(width), k);
    },
  );

  test('ties go to the lowest index', async () => {
    const random = seededRandom(1);
    await check(
      choose(gpu),
      sample([5, 150], () => random.below(3) - 3),
      idleCounts(150),
      20,
    );
  });

  test('where no column is idle, nothing is kept', async () => {
    await check(choose(gpu), sample([3, 70], seededRandom(1).normal), new Uint32Array(70), 4);
  });
});

test('the largest among idle columns reach every row when the grid folds past 65,535 workgroups', async () => {
  await check(gpu, sample([FOLDED_ROWS, 5], seededRandom(1).normal), idleCounts(5), 2);
});
