import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  add,
  linear,
  openDevice,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Tensor,
} from './index.ts';
import { sample, seededRandom, upload, watchBuffers } from './testing/index.ts';

// What every step leaves behind is there 10,000 times after as many steps. The memory of the whole process, which pools of
// the driver and of the allocator fill for longer, is bench/leaks.ts's matter.
const RUNS = 10_000;
const READ_EVERY = 10;
const BUILDS = 60;

/** What a heap varies by from one moment to the next. An object of 100 bytes a step would be a megabyte. */
const ALLOWED_BYTES = 2 ** 19;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** A program with what it was given, and what it leaves. */
function small() {
  const random = seededRandom(1);
  const p = new ProgramBuilder(gpu, 'small');
  const inputs = (
    [
      ['x', [4, 8]],
      ['w', [8, 4]],
      ['b', [4]],
    ] as const
  ).map(([label, shape]) => upload(gpu, label, sample(shape, random.normal)));
  const [x, w, b] = inputs.map((tensor) => p.persistent(tensor)) as [never, never, never];
  const h = p.apply(linear, { x, w, b }, { relu: true, label: 'h' });
  const output = p.output(p.apply(add, { a: h, b: h }, {}));
  return { p, inputs: inputs as [Tensor, ...Tensor[]], output };
}

/** Bytes of JavaScript, and of what it holds outside its heap, with nothing in flight and nothing left to collect. */
async function settled(): Promise<number> {
  await gpu.idle();
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('10,000 steps with writes and readings leave no buffer and no object behind', async () => {
  const { p, inputs, output } = small();
  const program = await p.build();
  const batch = new Float32Array(32);
  const steps = async (count: number): Promise<void> => {
    for (let step = 0; step < count; step++) {
      batch[0] = step;
      writeTensor(gpu, inputs[0], batch);
      await program.run();
      if (step % READ_EVERY === 0) await readTensor(gpu, output);
    }
  };
  // Heaps and drivers fill their pools first.
  await steps(RUNS / 10);
  const before = await settled();
  const watch = watchBuffers(gpu);
  await steps(RUNS);
  watch.stop();
  const after = await settled();
  expect(watch.created.length).toBe(0);
  expect(after - before).toBeLessThan(ALLOWED_BYTES);
  program.destroy();
});

test('programs that are built, run and destroyed leave nothing behind', async () => {
  const rebuild = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const { p, inputs, output } = small();
      const program = await p.build();
      await program.run();
      await readTensor(gpu, output);
      program.destroy();
      for (const tensor of inputs) tensor.buffer.destroy();
    }
  };
  await rebuild(BUILDS / 2);
  const before = await settled();
  const watch = watchBuffers(gpu);
  await rebuild(BUILDS);
  watch.stop();
  const after = await settled();
  expect(watch.created.length).toBeGreaterThan(BUILDS);
  expect(watch.live.size).toBe(0);
  expect(after - before).toBeLessThan(ALLOWED_BYTES);
});
