import { underScopes } from '../device/error-scopes.ts';
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
 * Creates a tensor, zero unless data is given, which decides whether it holds f32 or u32.
 *
 * @param dtype what it holds where there is no data
 * @throws {ShapeError} if the shape has an extent that is no whole number above 0, or the data has another number of
 *   elements or another type than `dtype` asks for
 * @throws {DeviceError} if the tensor exceeds what one buffer of the device can hold; that the device has no memory
 *   left for it is thrown by the next awaited call
 */
export function createTensor(
  gpu: Gpu,
  label: string,
  shape: Shape,
  data?: TensorData | null,
  dtype: DType = 'f32',
): Tensor {
  if (!Array.isArray(shape) || !shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    const got = Array.isArray(shape) ? describeShape(shape) : String(shape);
    throw new ShapeError(`${label}: expected whole extents above 0, got ${got}`);
  }
  if (data !== undefined && data !== null) checkData(label, data);
  if (data !== undefined && data !== null && data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `${label}: expected ${sizeOf(shape)} elements ${describeShape(shape)}, got ${data.length}`,
    );
  }
  const size = bufferBytes(shape);
  const limit = gpu.device.limits.maxBufferSize;
  if (size > limit) {
    throw new DeviceError(
      `${label}: expected at most ${limit} bytes in one tensor on ${gpu.name}, got ${describeShape(shape)} = ${size} bytes; use a smaller size or another adapter`,
    );
  }
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const { result: buffer, complaint } = underScopes(gpu, () =>
    gpu.device.createBuffer({ label, size, usage }),
  );
  gpu.heed(
    complaint.then((error) => {
      if (error !== null)
        gpu.fail(noRoom(gpu, `${label} ${describeShape(shape)}`, size, `"${error.message}"`));
    }),
  );
  devices.set(buffer, gpu.device);
  const tensor = { buffer, shape, dtype: data instanceof Uint32Array ? 'u32' : dtype, label } as const;
  if (data !== undefined && data !== null) writeTensor(gpu, tensor, data);
  return tensor;
}

/** The device of every buffer that a tensor was made with. */
const devices = new WeakMap<GPUBuffer, GPUDevice>();

/** @throws {DeviceError} if a tensor was made for another device than it is used on */
export function checkDevice(gpu: Gpu, { buffer, label }: Tensor): void {
  const device = devices.get(buffer);
  if (device !== undefined && device !== gpu.device)
    throw new DeviceError(
      `${label}: expected a tensor of the device that it is used on, got one of another; read it there, and create it here from its elements`,
    );
}

/** What to say when the device has no memory for something. */
export function noRoom(gpu: Gpu, what: string, bytes: number, got: string): DeviceError {
  return new DeviceError(
    `${what}: expected room for ${bytes} bytes on ${gpu.name}, got ${got}; use smaller sizes, or end what else uses its memory`,
  );
}

/** Bytes that the elements of a shape take in a buffer: whole vectors of four, and at least one. */
export function bufferBytes(shape: Shape): number {
  return Math.max(16, Math.ceil(sizeOf(shape) / 4) * 16);
}

/**
 * Writes elements into a tensor, starting at element `offset`.
 *
 * @throws {ShapeError} if the data does not fit, or is of another type
 * @throws {DeviceError} if the tensor is of another device
 */
export function writeTensor(gpu: Gpu, tensor: Tensor, data: TensorData, offset = 0): void {
  checkDevice(gpu, tensor);
  checkData(tensor.label, data);
  checkRange(tensor, offset, data.length);
  const type = data instanceof Uint32Array ? 'u32' : 'f32';
  if (type !== tensor.dtype) {
    throw new ShapeError(`${tensor.label}: expected elements of ${tensor.dtype}, got ${type}`);
  }
  gpu.device.queue.writeBuffer(tensor.buffer, offset * 4, data as Float32Array<ArrayBuffer>);
}

/** @throws {ShapeError} if elements are of another kind, whose bytes would be taken for numbers that they are not */
function checkData(label: string, data: unknown): void {
  if (data instanceof Float32Array || data instanceof Uint32Array) return;
  const kind = data?.constructor?.name ?? typeof data;
  throw new ShapeError(
    `${label}: expected a Float32Array or a Uint32Array, got ${kind === 'Array' ? 'a plain array' : kind}; convert it`,
  );
}

/** @throws {ShapeError} if a tensor has not all of `count` elements from `offset` on */
function checkRange({ label, shape }: Tensor, offset: number, count: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(count);
  if (!(whole && offset >= 0 && count >= 0 && offset + count <= sizeOf(shape))) {
    throw new ShapeError(
      `${label}: expected some of its ${sizeOf(shape)} elements ${describeShape(shape)}, got ${count} from element ${offset} on`,
    );
  }
}

/**
 * Reads a tensor, or `count` elements of it from element `offset`.
 *
 * @throws {ShapeError} if it has not so many elements
 * @throws {DeviceError} if the device is lost, or the tensor of another one
 */
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
  checkDevice(gpu, tensor);
  checkRange(tensor, offset, count);
  const data = arrayFor(tensor, count);
  await readBack(gpu, [{ buffer: tensor.buffer, offset: offset * 4, into: bytesOf(data) }], tensor.label);
  return data;
}

/**
 * Reads several tensors in one trip, as far as they are small.
 *
 * @param counts how many elements of each, from its first on; all by default
 * @throws {ShapeError} if one has not so many elements
 * @throws {DeviceError} if the device is lost, or a tensor of another one
 */
export async function readTensors<const Tensors extends readonly Tensor[]>(
  gpu: Gpu,
  tensors: Tensors,
  counts: readonly number[] = tensors.map(({ shape }) => sizeOf(shape)),
): Promise<{
  readonly [Index in keyof Tensors]: Tensors[Index] extends { dtype: 'u32' } ? Uint32Array : Float32Array;
}> {
  const read = tensors.map((tensor, i) => {
    checkDevice(gpu, tensor);
    checkRange(tensor, 0, counts[i]!);
    return { tensor, data: arrayFor(tensor, counts[i]!) };
  });
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
