import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import { openUnchecked } from '../../testing/index.ts';
import { accumulate } from './accumulate.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

test.each([1, 63, 64, 65, 257])('%i counts add up over runs, beyond what float32 can count', async (size) => {
  const counts = Float32Array.from({ length: size }, (_, i) => i % 7);
  const start = Uint32Array.from({ length: size }, (_, i) => 16_777_216 + i);
  const x = createTensor(gpu, 'x', [size], counts);
  const total = createTensor(gpu, 'total', [size], start);
  const p = new ProgramBuilder(gpu, 'accumulate');
  accumulate(p, p.persistent(x), p.persistent(total));
  const program = await p.build();
  for (let run = 0; run < 3; run++) await program.run();
  expect([...(await readTensor(gpu, total))]).toEqual([...start].map((value, i) => value + 3 * counts[i]!));
});

test('accumulate refuses totals of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    accumulate(p, p.temporary('x', [4]), p.temporary('total', [5], 'u32')),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: accumulate: F differs, x (4) says 4 and total (F) (5) says 5]`,
  );
});
