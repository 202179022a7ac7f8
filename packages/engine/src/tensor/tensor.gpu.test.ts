import { afterAll, beforeAll, expect, test } from 'vitest';
import { DeviceError, openDevice, type Gpu } from '../index.ts';
import { createTensor, readTensor, writeTensor } from './tensor.ts';

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
