import { create } from 'webgpu';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Gpu } from '../device/gpu.ts';
import { openDevice } from '../device/open-device.ts';
import { activation } from '../ops/activation/activation.ts';
import { activeMask } from '../ops/active-mask/active-mask.ts';
import { adam, adamScalars, createMoments } from '../ops/adam/adam.ts';
import { copyRows } from '../ops/copy-rows/copy-rows.ts';
import { linear } from '../ops/linear/linear.ts';
import { sparseMatmul, sparseMatmulCost } from '../ops/sparse-matmul/sparse-matmul.ts';
import { sparseTransposedMatmul } from '../ops/sparse-transposed-matmul/sparse-transposed-matmul.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { KernelTime } from '../program/profile.ts';
import { sizeOf } from '../tensor/shape.ts';
import { createTensor, readTensor } from '../tensor/tensor.ts';
import { watchBuffers } from '../testing/watch-buffers.ts';
import { Profiler, type HostTrack, type TraceSink } from './profiler.ts';
import { describeProfile, summarise } from './summary.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
beforeEach(() => {
  gpu.profiler = null;
});
afterAll(() => gpu.close());

class Noted implements TraceSink {
  readonly kernels: KernelTime[] = [];
  readonly spans: string[] = [];
  dispatch(_program: string, kernel: KernelTime): void {
    this.kernels.push(kernel);
  }
  span(track: HostTrack, name: string): void {
    this.spans.push(`${track}: ${name}`);
  }
}

const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const wave = (label: string, ...shape: number[]) =>
  createTensor(
    gpu,
    label,
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)),
  );

/** A layer whose weights move at every run, so that what one run does shows in the next. */
async function layer() {
  const p = new ProgramBuilder(gpu, 'layer');
  const weights = wave('w', 40, 24);
  const w = p.persistent(weights);
  const y = p.apply(
    linear,
    { x: p.persistent(wave('x', 33, 40)), w, b: p.persistent(wave('b', 24)) },
    { relu: true, label: 'y' },
  );
  const z = p.apply(activation, { x: y }, { kind: 'gelu' });
  adam(p, w, p.gradients(z, z, [w]).get(w)!, createMoments(gpu, weights), ADAM);
  const result = p.output(z);
  const program = await p.build();
  const run = async (count: number): Promise<void> => {
    for (let step = 1; step <= count; step++) await program.run(adamScalars(ADAM, step, 0.01));
  };
  return { program, run, weights, result };
}

test('a profiled program gives every op a positive time, and the table names the adapter', async () => {
  const trace = new Noted();
  const profiler = new Profiler(trace);
  profiler.attach(gpu);
  const { program, run, result } = await layer();
  await run(6);
  await readTensor(gpu, result);
  gpu.profiler = null;
  const [totals] = profiler.programs();
  expect(totals).toMatchObject({ program: 'layer', runs: 6, sampled: 4 });
  const kernels = await program.profile(adamScalars(ADAM, 7, 0.01));
  expect([...totals!.ops.keys()]).toEqual([...new Set(kernels.map(({ label }) => label))]);
  expect(trace.kernels.length).toBe(4 * kernels.length);
  const summary = summarise(profiler.programs(), profiler.host(), gpu.name, null);
  for (const { milliseconds, gigabytes } of summary.ops) {
    expect(milliseconds).toBeGreaterThan(0);
    expect(gigabytes).toBeGreaterThan(0);
  }
  expect(summary.ops.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  // Two products, the biases, GELU and its gradient, and Adam.
  const flops = [...totals!.ops.values()].reduce((sum, { work }) => sum + work!.flops, 0);
  expect(flops).toBeCloseTo(6 * (33 * 24 * (2 * 40 + 1 + 5 + 11 + 2 * 40) + 14 * 40 * 24), 6);
  expect(describeProfile(summary)).toContain(`adapter ${gpu.name}`);
  expect(trace.spans).toContain('builds: layer');
  expect(trace.spans.some((span) => span.startsWith('waits: reading layer/'))).toBe(true);
});

test('profiling computes the same bytes and leaves no buffer behind', async () => {
  const results: Float32Array[] = [];
  for (const profiler of [null, new Profiler()]) {
    profiler?.attach(gpu);
    const { program, run, result, weights } = await layer();
    const watch = watchBuffers(gpu);
    await run(5);
    watch.stop();
    expect(watch.live.size).toBe(0);
    results.push(await readTensor(gpu, result), await readTensor(gpu, weights));
    program.destroy();
    gpu.profiler = null;
  }
  expect(results.slice(2)).toEqual(results.slice(0, 2));
});

test('what depends on data is counted in the run: marked entries, and scalars', async () => {
  const [B, F, D] = [70, 90, 12];
  const values = Float32Array.from({ length: B * F }, (_, i) => (i % 7 === 0 ? 1 : -1));
  const active = values.filter((value) => value > 0).length;
  const p = new ProgramBuilder(gpu, 'sparse');
  const f = p.persistent(createTensor(gpu, 'f', [B, F], values));
  const w = p.persistent(wave('w', F, D));
  const mask = activeMask(p, f);
  const y = sparseMatmul(p, f, mask, w, p.persistent(wave('bias', D)), 'y');
  sparseTransposedMatmul(p, f, mask, y, 'g');
  const places = p.persistent(createTensor(gpu, 'places', [9, 2], new Uint32Array(18), 'u32'));
  copyRows(p, w, places, p.persistent(wave('destination', 5, D)));
  const program = await p.build();
  const times = await program.profile({ rows: 4, scale: 1 });
  const workOf = (label: string) => times.find((time) => time.label === label)!.work;
  expect(workOf('sparse-matmul')).toEqual(sparseMatmulCost({ B, F, D, active }));
  expect(workOf('sparse-transposed-matmul')!.flops).toBe(2 * active * D);
  expect(workOf('copy-rows')).toEqual({ flops: 4 * D, bytes: 4 * (2 * 4 * D + 2 * 4) });
  // Without a run, for a number of entries that somebody knows.
  const stated = times.reduce((sum, { work }) => sum + (work?.flops ?? 0), 0);
  expect(program.work(active, { rows: 4 }).flops).toBe(stated);
});

/** Kept until the process ends: of one that was collected the binding processes events still, and may wait for good. */
const instance = create([]);

test('an adapter without timestamps is refused in one sentence', async () => {
  const adapter = (await instance.requestAdapter())!;
  const device = await adapter.requestDevice();
  const { name, driver, software, adapterClass, subgroupSize, pinned, demotion, door } = gpu;
  const description = { name, driver, software, adapterClass, subgroupSize, pinned, demotion };
  const without = new Gpu(device, description, door);
  expect(() => new Profiler().attach(without)).toThrow(
    `profile: expected an adapter with timestamp queries, got ${gpu.name}; choose another adapter`,
  );
  without.close();
});
