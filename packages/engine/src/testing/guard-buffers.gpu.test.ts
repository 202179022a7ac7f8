import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import { ProgramBuilder } from '../program/builder.ts';
import { guardBuffers, openUnchecked, runRecorded } from './index.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

/** Writes ones into y from element `from` up to `to`, whatever its size. */
const ones = (from: number, to: number) => ({
  label: 'test/ones',
  source: `
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { for (var i = ${from}; i < ${to}; i++) { y[i] = 1.0; } }`,
});

const record = (from: number, to: number) => (p: ProgramBuilder) => {
  const y = p.temporary('y', [4]);
  p.dispatch({ kernel: ones(from, to), bindings: [y], groups: 1, cost: null });
  return { y };
};

test('an element that a kernel leaves out reads as NaN', async () => {
  const { y } = await runRecorded(gpu, {}, record(0, 3));
  expect([...y]).toEqual([1, 1, 1, NaN]);
});

test('a kernel that writes outside its buffer is caught, where nothing clamps it', async (context) => {
  context.skip(!gpu.driver.toLowerCase().includes('swiftshader'), 'this adapter checks bounds');
  await expect(runRecorded(gpu, {}, record(0, 6))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[KernelError: expected every write inside a buffer or texture, got one 1 words behind the 16 bytes of recorded/y]`,
  );
  await expect(runRecorded(gpu, {}, record(-2, 4))).rejects.toThrowErrorMatchingInlineSnapshot(
    `[KernelError: expected every write inside a buffer or texture, got one 2 words before the 16 bytes of recorded/y]`,
  );
});

test('buffers are as ever once the guards are gone', () => {
  const guards = guardBuffers(gpu);
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
  expect(gpu.device.createBuffer({ size: 16, usage }).size).toBeGreaterThan(16);
  guards.free();
  expect(gpu.device.createBuffer({ size: 16, usage }).size).toBe(16);
});
