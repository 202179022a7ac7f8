import type { Gpu } from '../device/gpu.ts';
import { DeviceError, ShapeError } from '../errors.ts';
import { readBack } from './readback.ts';
import { describeShape, sizeOf, type Shape } from './shape.ts';

export type DType = 'f32' | 'u32';
export type TensorData = Float32Array | Uint32Array;

/** Values that outlive a run of a program: parameters, optimiser state, inputs, results. Row-major. */
export interface Tensor {
  readonly buffer: GPUBuffer;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly label: string;
}

/**
 * Creates a tensor, zero unless data is given.
 *
 * @throws {ShapeError} if the data has another number of elements
 * @throws {DeviceError} if the tensor exceeds what one binding of the device can hold
 */
export function createTensor(
  gpu: Gpu,
  label: string,
  shape: Shape,
  data?: TensorData | null,
  dtype: DType = 'f32',
): Tensor {
  const bytes = Math.max(16, Math.ceil(sizeOf(shape) / 4) * 16);
  const limit = Math.min(gpu.device.limits.maxStorageBufferBindingSize, gpu.device.limits.maxBufferSize);
  if (bytes > limit) {
    throw new DeviceError(
      `${label}: expected at most ${limit} bytes in one tensor on ${gpu.name}, got ${describeShape(shape)} = ${bytes} bytes; use a smaller size or another adapter`,
    );
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = gpu.device.createBuffer({ label, size: bytes, usage });
  const tensor = { buffer, shape, dtype: data instanceof Uint32Array ? 'u32' : dtype, label } as const;
  if (data !== undefined && data !== null) writeTensor(gpu, tensor, data);
  return tensor;
}

/**
 * Writes elements into a tensor, starting at element `offset`.
 *
 * @throws {ShapeError} if the data does not fit
 */
export function writeTensor(gpu: Gpu, tensor: Tensor, data: TensorData, offset = 0): void {
  if (offset + data.length > sizeOf(tensor.shape)) {
    throw new ShapeError(
      `${tensor.label}: expected at most ${sizeOf(tensor.shape)} elements ${describeShape(tensor.shape)}, got ${data.length} at ${offset}`,
    );
  }
  gpu.device.queue.writeBuffer(tensor.buffer, offset * 4, data as Float32Array<ArrayBuffer>);
}

/** Reads a tensor, or `count` elements of it from element `offset`. @throws {DeviceError} if the device is lost */
export async function readTensor(
  gpu: Gpu,
  tensor: Tensor & { readonly dtype: 'u32' },
  offset?: number,
  count?: number,
): Promise<Uint32Array>;
export async function readTensor(
  gpu: Gpu,
  tensor: Tensor,
  offset?: number,
  count?: number,
): Promise<Float32Array>;
export async function readTensor(
  gpu: Gpu,
  tensor: Tensor,
  offset = 0,
  count = sizeOf(tensor.shape) - offset,
): Promise<TensorData> {
  const data = arrayFor(tensor, count);
  await readBack(gpu, [{ buffer: tensor.buffer, offset: offset * 4, into: bytesOf(data) }], tensor.label);
  return data;
}

/** Reads several tensors in one trip, as far as they are small. @throws {DeviceError} if the device is lost */
export async function readTensors<const Tensors extends readonly Tensor[]>(
  gpu: Gpu,
  tensors: Tensors,
): Promise<{
  readonly [Index in keyof Tensors]: Tensors[Index] extends { dtype: 'u32' } ? Uint32Array : Float32Array;
}> {
  const read = tensors.map((tensor) => ({ tensor, data: arrayFor(tensor, sizeOf(tensor.shape)) }));
  await readBack(
    gpu,
    read.map(({ tensor, data }) => ({ buffer: tensor.buffer, offset: 0, into: bytesOf(data) })),
    tensors.map(({ label }) => label).join(', '),
  );
  return read.map(({ data }) => data) as never;
}

function arrayFor(tensor: Tensor, count: number): TensorData {
  return tensor.dtype === 'u32' ? new Uint32Array(count) : new Float32Array(count);
}

function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
