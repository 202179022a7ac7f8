import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  DeviceError,
  matmul,
  openDevice,
  ProgramBuilder,
  ShapeError,
  type Gpu,
  type Kernel,
} from '../index.ts';
import { watchBuffers } from '../testing/index.ts';
import { createTensor, readTensor, readTensors, writeTensor, type TensorData } from './tensor.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

test('a tensor is zero until it is written', async () => {
  expect([...(await readTensor(gpu, createTensor(gpu, 'zeros', [5])))]).toEqual([0, 0, 0, 0, 0]);
});

test('values come back as they went in, floats to the bit', async () => {
  const data = Float32Array.of(1.5, -0, 1e-40, Infinity, -Infinity, NaN, 16_777_217);
  expect([...(await readTensor(gpu, createTensor(gpu, 'floats', [7], data)))]).toEqual([...data]);
  const ids = Uint32Array.of(0, 1, 0xffff_ffff);
  const tensor = createTensor(gpu, 'ids', [3], ids);
  expect(tensor.dtype).toBe('u32');
  expect(await readTensor(gpu, tensor)).toEqual(ids);
});

test('elements of another kind are refused, whose bytes would be other numbers', () => {
  const make = (data: unknown) => () => createTensor(gpu, 'x', [2], data as TensorData);
  expect(make(Float64Array.of(1, 2))).toThrow(
    'x: expected a Float32Array or a Uint32Array, got Float64Array; convert it',
  );
  expect(make(Int32Array.of(1, 2))).toThrow('got Int32Array; convert it');
  expect(make([1, 2])).toThrow('got a plain array; convert it');
  const x = createTensor(gpu, 'x', [2]);
  expect(() => writeTensor(gpu, x, Int8Array.of(1, 2) as unknown as TensorData)).toThrow('got Int8Array');
  expect(() => createTensor(gpu, 'x', 2 as unknown as number[])).toThrow(
    'expected whole extents above 0, got 2',
  );
});

test('a part can be written and a part read', async () => {
  const tensor = createTensor(gpu, 'parts', [2, 3]);
  writeTensor(gpu, tensor, Float32Array.of(1, 2), 3);
  expect([...(await readTensor(gpu, tensor))]).toEqual([0, 0, 0, 1, 2, 0]);
  expect([...(await readTensor(gpu, tensor, 2, 2))]).toEqual([0, 1]);
  expect([...(await readTensor(gpu, tensor, 4))]).toEqual([2, 0]);
});

test('large tensors come back whole, through staging buffers of a fixed size', async () => {
  // Eleven of 4 MiB and a bit: more pieces than there are staging buffers, and none of them the last's size.
  const data = new Uint32Array(11 * 2 ** 20 + 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 0x9e37_79b1);
  const tensor = createTensor(gpu, 'large', [data.length], data);
  const watch = watchBuffers(gpu);
  const [first, second, part] = await Promise.all([
    readTensor(gpu, tensor),
    readTensor(gpu, tensor),
    readTensor(gpu, tensor, 2 ** 20 - 1, 2 ** 20 + 2),
  ]);
  watch.stop();
  expect(equal(first, data) && equal(second, data)).toBe(true);
  expect(equal(part, data.subarray(2 ** 20 - 1, 2 ** 21 + 1))).toBe(true);
  expect(
    watch.created.reduce((sum, place) => sum + ('size' in place ? place.size : 0), 0),
  ).toBeLessThanOrEqual(16 * 2 ** 20);
  tensor.buffer.destroy();
});

/** toEqual takes seconds for millions of elements. */
function equal(got: TensorData, want: TensorData): boolean {
  const [left, right] = [new Uint32Array(got.buffer), new Uint32Array(want.slice().buffer)];
  return left.length === right.length && left.every((bits, index) => bits === right[index]);
}

test('several tensors come back in one trip, each of its type', async () => {
  const loss = createTensor(gpu, 'loss', [1], Float32Array.of(2.5));
  const counts = createTensor(gpu, 'counts', [3], Uint32Array.of(1, 2, 3));
  const widths = createTensor(gpu, 'widths', [2], Float32Array.of(7, 8));
  const { queue } = gpu.device;
  const submit = queue.submit.bind(queue);
  let trips = 0;
  queue.submit = (buffers) => {
    trips += 1;
    return submit(buffers);
  };
  const read = await readTensors(gpu, [loss, counts, widths]);
  delete (queue as Partial<GPUQueue>).submit;
  expect(read).toEqual([Float32Array.of(2.5), Uint32Array.of(1, 2, 3), Float32Array.of(7, 8)]);
  expect(trips).toBe(1);
  expect(await readTensors(gpu, [])).toEqual([]);
});

test('reading again and again makes no buffer', async () => {
  const tensor = createTensor(gpu, 'loss', [1]);
  await readTensor(gpu, tensor);
  const watch = watchBuffers(gpu);
  for (let i = 0; i < 50; i++) {
    writeTensor(gpu, tensor, Float32Array.of(i));
    expect((await readTensor(gpu, tensor))[0]).toBe(i);
  }
  watch.stop();
  expect(watch.created.length).toBe(0);
});

test('data that does not fit is refused, with both sizes', async () => {
  const tensor = createTensor(gpu, 'small', [2, 3]);
  expect(() => writeTensor(gpu, tensor, new Float32Array(5), 2)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: small: expected some of its 6 elements (2,3), got 5 from element 2 on]`,
  );
  for (const count of [1, 3]) {
    expect(() => createTensor(gpu, 'small', [2], new Float32Array(count))).toThrow(
      `small: expected 2 elements (2), got ${count}`,
    );
  }
  await expect(readTensor(gpu, tensor, 4, 3)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: small: expected some of its 6 elements (2,3), got 3 from element 4 on]`,
  );
});

test('data of another type is refused, since its bits would mean other numbers', () => {
  const ids = createTensor(gpu, 'ids', [2], null, 'u32');
  expect(() => writeTensor(gpu, ids, Float32Array.of(1, 2))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: ids: expected elements of u32, got f32]`,
  );
  expect(() => createTensor(gpu, 'ids', [2], Float32Array.of(1, 2), 'u32')).toThrow(ShapeError);
});

test('a shape that is none is refused', () => {
  for (const shape of [[0], [2, -1], [1.5], [NaN]]) {
    expect(() => createTensor(gpu, 'odd', shape)).toThrow(
      `odd: expected whole extents above 0, got (${shape.join(',')})`,
    );
  }
});

test('a tensor beyond what one buffer of the device holds is refused with the limit and a remedy', async () => {
  const limit = gpu.device.limits.maxBufferSize;
  const create = () => createTensor(gpu, 'decoder', [Math.floor(limit / 4) + 1]);
  expect(create).toThrow(DeviceError);
  expect(create).toThrow(
    new RegExp(`^decoder: expected at most ${limit} bytes .* use a smaller size or another adapter$`),
  );
});

test('a tensor larger than one binding is written and read like any other', async () => {
  const rows = Math.ceil(gpu.device.limits.maxStorageBufferBindingSize / 4096) + 1;
  if (rows * 4096 > gpu.device.limits.maxBufferSize) return; // SwiftShader binds whatever it can hold
  const tensor = createTensor(gpu, 'large', [rows, 1024]);
  writeTensor(gpu, tensor, Float32Array.of(1, 2, 3), rows * 1024 - 3);
  expect([...(await readTensor(gpu, tensor, rows * 1024 - 4))]).toEqual([0, 1, 2, 3]);
  tensor.buffer.destroy();
});

describe('where the device has no memory left', () => {
  // SwiftShader allows buffers of 1 GiB and cannot allocate one.
  const most = (on: Gpu): number => Math.floor(on.device.limits.maxBufferSize / 16) * 4;
  let small: Gpu;
  beforeEach(async () => {
    small = await openDevice({ adapter: 'swiftshader' });
  });
  afterEach(() => small.close());

  test('the next awaited call says for which tensor, how large it is and what to do', async () => {
    createTensor(small, 'decoder', [most(small)]);
    const next = createTensor(small, 'next', [1]);
    await expect(readTensor(small, next)).rejects.toThrow(
      /^decoder \(268435456\): expected room for 1073741824 bytes on SwiftShader, got .*OUT_OF_DEVICE_MEMORY.*; use smaller sizes/,
    );
    expect(small.lost).toBe(false);
  });

  test('a program says for which of its values', async () => {
    const p = new ProgramBuilder(small, 'wide');
    const x = p.persistent(createTensor(small, 'x', [4]));
    const logits = p.temporary('logits', [most(small)]);
    const kernel: Kernel = {
      label: 'spread',
      source: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = x[0]; }`,
    };
    p.dispatch({ kernel, bindings: [x, logits], groups: 1, cost: null });
    await expect(p.build()).rejects.toThrow(
      /^program wide: logits \(268435456\): expected room for 1073741824 bytes on SwiftShader, got .*OUT_OF_DEVICE_MEMORY/,
    );
  });
});

test('a device that was closed says so to whoever goes on with it', async () => {
  const closed = await openDevice();
  const x = createTensor(closed, 'x', [2, 2]);
  const p = new ProgramBuilder(closed, 'late');
  p.output(matmul(p, p.persistent(x), p.persistent(x)));
  const program = await p.build();
  closed.close();
  const sentence = /^\S+: expected an open device, got one that was closed; open another$/;
  await expect(readTensor(closed, x)).rejects.toThrow(sentence);
  await expect(program.run()).rejects.toThrow(sentence);
  expect(closed.lost).toBe(false);
});

test('what is read from a lost device fails with the reason, and is not taken for a result', async () => {
  const lost = await openDevice();
  const tensor = createTensor(lost, 'loss', [1], Float32Array.of(1));
  const reading = readTensor(lost, tensor);
  lost.device.destroy();
  await expect(reading).rejects.toThrow(/^\S+: the device was lost \(destroyed\): /);
  expect(lost.lost).toBe(true);
  await expect(readTensor(lost, tensor)).rejects.toThrow(DeviceError);
  lost.close();
});
