import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeviceError, openDevice, type Gpu } from '../index.ts';
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
  expect(watch.created.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(16 * 2 ** 20);
  tensor.buffer.destroy();
});

/** toEqual takes seconds for millions of elements. */
const equal = (got: TensorData, want: TensorData): boolean =>
  Buffer.compare(new Uint8Array(got.buffer), new Uint8Array(want.slice().buffer)) === 0;

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

test('data that does not fit is refused, with both sizes', () => {
  const tensor = createTensor(gpu, 'small', [2, 3]);
  expect(() => writeTensor(gpu, tensor, new Float32Array(5), 2)).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: small: expected at most 6 elements (2,3), got 5 at 2]`,
  );
  expect(() => createTensor(gpu, 'small', [2], new Float32Array(3))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: small: expected at most 2 elements (2), got 3 at 0]`,
  );
});

test('a tensor beyond what the device binds at once is refused with the limit and a remedy', () => {
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  const create = () => createTensor(gpu, 'decoder', [limit / 4 + 1]);
  expect(create).toThrow(DeviceError);
  expect(create).toThrow(
    new RegExp(`^decoder: expected at most ${limit} bytes .* use a smaller size or another adapter$`),
  );
});
