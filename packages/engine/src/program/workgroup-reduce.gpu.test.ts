import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice, type Gpu } from '../index.ts';
import { createTensor, readTensor } from '../tensor/tensor.ts';
import { asHardware, seededRandom } from '../testing/index.ts';
import { ProgramBuilder } from './builder.ts';
import type { Kernel } from './kernel.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

/** Every lane writes what each reduction gave it; twice in a row, so that a missing barrier between calls would show. */
const KERNEL: Kernel = {
  label: 'test/reduce',
  reduces: true,
  source: `
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> counts: array<u32>;
@group(0) @binding(2) var<storage, read_write> floats: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> wholes: array<vec4u>;
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.x * WORKGROUP_SIZE + lane;
  let sum = workgroupSum(values[i], lane);
  let highest = workgroupMax(values[i], lane);
  let count = workgroupCount(counts[i], lane);
  let prefix = workgroupPrefix(counts[i], lane);
  floats[i] = vec4f(sum, highest, workgroupSum(-values[i], lane), workgroupMax(-values[i], lane));
  wholes[i] = vec4u(count, prefix, workgroupCount(counts[i] + 1u, lane), workgroupPrefix(counts[i] + 1u, lane));
}`,
};

test.each([
  { form: 'the form of this adapter', choose: (opened: Gpu) => opened, sizes: null },
  { form: 'workgroup memory', choose: asHardware, sizes: [1, 2, 4, 64, 256] },
])(
  'sum, max, count and prefix over a workgroup are right on every lane, through $form',
  async ({ choose, sizes }) => {
    const on = choose(gpu);
    for (const size of sizes ?? [on.workgroupSize]) {
      const random = seededRandom(size);
      const workgroups = 5;
      // Small whole numbers: their sums are exact in any order.
      const values = Float32Array.from({ length: workgroups * size }, () => random.below(2001) - 1000);
      const counts = Uint32Array.from({ length: workgroups * size }, () => random.below(100));
      const p = new ProgramBuilder(on, 'reduce');
      const floats = p.temporary('floats', [workgroups * size, 4]);
      const wholes = p.temporary('wholes', [workgroups * size, 4], 'u32');
      const inputs = [
        createTensor(on, 'values', [values.length], values),
        createTensor(on, 'counts', [counts.length], counts),
      ];
      p.dispatch({
        kernel: KERNEL,
        constants: { WORKGROUP_SIZE: size },
        bindings: [...inputs.map((tensor) => p.persistent(tensor)), floats, wholes],
        groups: workgroups,
        cost: null,
      });
      const [gotFloats, gotWholes] = [p.output(floats), p.output(wholes)];
      await (await p.build()).run();
      const [f, u] = [await readTensor(on, gotFloats), await readTensor(on, gotWholes)];
      values.forEach((_, i) => {
        const start = i - (i % size);
        const group = values.subarray(start, start + size);
        const whole = counts.subarray(start, start + size);
        const sum = group.reduce((total, value) => total + value, 0);
        const count = whole.reduce((total, value) => total + value, 0);
        const before = counts.subarray(start, i).reduce((total, value) => total + value, 0);
        expect([...f.subarray(i * 4, i * 4 + 4)], `lane ${i - start} of ${size}`).toEqual([
          sum,
          Math.max(...group),
          0 - sum,
          -Math.min(...group),
        ]);
        expect([...u.subarray(i * 4, i * 4 + 4)], `lane ${i - start} of ${size}`).toEqual([
          count,
          before,
          count + size,
          before + i - start,
        ]);
      });
    }
  },
);
