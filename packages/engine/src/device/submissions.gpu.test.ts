import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu, type Kernel } from '../index.ts';

/** See submissions.ts. */
const MOST_IN_FLIGHT = 3;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Takes far longer than it takes to submit. */
const SLOW: Kernel = {
  label: 'slow',
  source: `@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main() {
  for (var i = 0u; i < 200000u; i++) { y[0] = y[0] * 1664525u + i; }
}`,
};

test('runs that nobody waits for leave few submissions in flight, however many pieces they come in', async () => {
  const { queue } = gpu.device;
  const ask = queue.onSubmittedWorkDone.bind(queue);
  let unfinished = 0;
  let most = 0;
  queue.onSubmittedWorkDone = () => {
    most = Math.max(most, (unfinished += 1));
    const done = ask();
    void done.then(() => (unfinished -= 1));
    return done;
  };
  const p = new ProgramBuilder(gpu, 'slow');
  const y = p.persistent(createTensor(gpu, 'y', [1], null, 'u32'));
  const cost = { flops: 1e9, bytes: 0 };
  for (let i = 0; i < 5; i++) p.dispatch({ kernel: SLOW, bindings: [y], groups: 1, cost });
  const program = await p.build();
  try {
    for (const budgetMs of [1e9, 1]) {
      gpu.submissions.budgetMs = budgetMs;
      for (let run = 0; run < 6; run++) {
        await program.run();
        expect(unfinished).toBeLessThanOrEqual(MOST_IN_FLIGHT);
      }
      await gpu.idle();
      expect(unfinished).toBe(0);
    }
    // The bound was reached: the device was behind, and waited for.
    expect(most).toBeGreaterThan(MOST_IN_FLIGHT);
  } finally {
    delete (queue as Partial<GPUQueue>).onSubmittedWorkDone;
  }
  expect((await readTensor(gpu, y.tensor!))[0]).not.toBe(0);
  program.destroy();
});
