import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTensor, ProgramBuilder, readTensor, type Gpu } from '../../index.ts';
import { openUnchecked } from '../../testing/index.ts';
import { countIdle } from './idle-rows.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each([1, 63, 65, 257])('%i columns count rows since they were active, and stop at 2³¹', async (size) => {
  const counts = Float32Array.from({ length: size }, (_, i) => (i % 3 === 0 ? i + 1 : 0));
  const start = Uint32Array.from({ length: size }, (_, i) => (i % 5 === 1 ? 2 ** 31 - 10 : 7 * i));
  const count = createTensor(gpu, 'count', [size], counts);
  const idle = createTensor(gpu, 'idle', [size], start);
  const p = new ProgramBuilder(gpu, 'idle');
  countIdle(p, p.persistent(count), p.persistent(idle), 8);
  const program = await p.build();
  for (let run = 0; run < 2; run++) await program.run();
  const want = [...start].map((value, i) => (i % 3 === 0 ? 0 : Math.min(value + 16, 2 ** 31)));
  expect([...(await readTensor(gpu, idle))]).toEqual(want);
});

test('countIdle refuses columns of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    countIdle(p, p.temporary('count', [4]), p.temporary('idle', [5], 'u32'), 1),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: countIdle: F differs, count (4) says 4 and idle (F) (5) says 5]`,
  );
});
