import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';
import { fillWithNaN } from './poison.ts';
import { watchBuffers } from './watch-buffers.ts';

/** Buffers and textures whose ends are watched. */
export interface GuardedBuffers {
  /** @throws {KernelError} naming a buffer or texture that something was written outside of */
  readonly assertIntact: () => Promise<void>;
  /** Destroys all made since, and stops guarding. */
  readonly free: () => void;
}

// Guards are NaNs, so that reading one shows too, with a payload that no arithmetic makes; as long as WebGPU's
// guaranteed alignment of storage offsets, because what they stand before is bound behind them.
const GUARD = new Uint32Array(64).fill(0x7fc0_beef);
const NANS = new Float32Array(2 ** 18).fill(NaN);

type CopyWithOffsets = (
  source: GPUBuffer,
  from: number,
  destination: GPUBuffer,
  to: number,
  size: number,
) => undefined;

/** The functions of a device that guards take the place of, as they were. */
type Original = Pick<
  GPUDevice,
  'createBuffer' | 'createTexture' | 'createBindGroup' | 'createCommandEncoder'
> &
  Pick<GPUQueue, 'writeBuffer'>;

/** What stands between guards: the bytes of each buffer, and the rows of each texture, without them. */
interface Guarded {
  readonly buffers: Map<GPUBuffer, number>;
  readonly textures: Map<GPUTexture, number>;
}

/**
 * From now on every storage buffer of the device starts as NaN and stands between two guards that no kernel may
 * touch; every texture has one behind its last row. Without bounds checks a kernel that leaves its binding meets a
 * guard; with them it cannot, and the adapter clamps.
 */
export function guardBuffers(gpu: Gpu): GuardedBuffers {
  const watch = watchBuffers(gpu);
  const { device } = gpu;
  const { queue } = device;
  const writeBuffer = queue.writeBuffer.bind(queue);
  const created = {
    createBuffer: device.createBuffer.bind(device),
    createTexture: device.createTexture.bind(device),
    createBindGroup: device.createBindGroup.bind(device),
    createCommandEncoder: device.createCommandEncoder.bind(device),
  };
  const original: Original = { ...created, writeBuffer };
  const guarded: Guarded = { buffers: new Map(), textures: new Map() };
  guardCreation(gpu, original, guarded);
  shiftUses(gpu, original, guarded);
  return {
    assertIntact: () => assertIntact(gpu, original.createCommandEncoder(), guarded.buffers, guarded.textures),
    free() {
      Object.assign(device, created);
      queue.writeBuffer = writeBuffer;
      watch.stop();
      // The staging buffers of readbacks stay with the device.
      for (const place of watch.live) if (!('mapState' in place && isStaging(place))) place.destroy();
    },
  };
}

/** Makes storage buffers and textures larger by their guards, and fills them. */
function guardCreation(gpu: Gpu, original: Original, { buffers, textures }: Guarded): void {
  const { device } = gpu;
  device.createBuffer = (descriptor) => {
    if ((descriptor.usage & GPUBufferUsage.STORAGE) === 0) return original.createBuffer(descriptor);
    const { size } = descriptor;
    const buffer = original.createBuffer({ ...descriptor, size: size + 2 * GUARD.byteLength });
    original.writeBuffer(buffer, 0, GUARD);
    for (let start = 0; start < size; start += NANS.byteLength) {
      const words = Math.min(NANS.length, (size - start) / 4);
      original.writeBuffer(buffer, GUARD.byteLength + start, NANS, 0, words);
    }
    original.writeBuffer(buffer, GUARD.byteLength + size, GUARD);
    buffers.set(buffer, size);
    return buffer;
  };
  device.createTexture = (descriptor) => {
    const [width, height] = descriptor.size as [number, number];
    const texture = original.createTexture({ ...descriptor, size: [width, height + 1] });
    fillWithNaN(gpu, texture);
    device.queue.writeTexture({ texture, origin: [0, height] }, GUARD, {}, [GUARD.length / 4, 1]);
    textures.set(texture, height);
    return texture;
  };
}

/** Moves whatever binds, copies or writes guarded buffers behind their first guard. */
function shiftUses({ device }: Gpu, original: Original, { buffers }: Guarded): void {
  const shift = (buffer: GPUBuffer): number => (buffers.has(buffer) ? GUARD.byteLength : 0);
  device.createBindGroup = (descriptor) => {
    const entries = Array.from(descriptor.entries, (entry) => {
      const { buffer, offset = 0, size } = entry.resource as GPUBufferBinding;
      const whole = buffers.get(buffer);
      if (whole === undefined) return entry;
      const resource = { buffer, offset: offset + shift(buffer), size: size ?? whole - offset };
      return { ...entry, resource };
    });
    return original.createBindGroup({ ...descriptor, entries });
  };
  device.createCommandEncoder = (descriptor) => {
    const encoder = original.createCommandEncoder(descriptor);
    const copy = encoder.copyBufferToBuffer.bind(encoder);
    // The form without offsets is nobody's here.
    encoder.copyBufferToBuffer = ((source, from, destination, to, size) =>
      copy(
        source,
        from + shift(source),
        destination,
        to + shift(destination),
        size,
      )) as CopyWithOffsets as typeof copy;
    return encoder;
  };
  device.queue.writeBuffer = (buffer, offset, ...data) =>
    original.writeBuffer(buffer, offset + shift(buffer), ...data);
}

function isStaging({ usage }: GPUBuffer): boolean {
  return (usage & GPUBufferUsage.MAP_READ) !== 0;
}

async function assertIntact(
  gpu: Gpu,
  encoder: GPUCommandEncoder,
  buffers: ReadonlyMap<GPUBuffer, number>,
  textures: ReadonlyMap<GPUTexture, number>,
): Promise<void> {
  const bytes = GUARD.byteLength;
  const size = Math.max(1, 2 * buffers.size + textures.size) * bytes;
  const staging = gpu.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  /** What a write into each guard in turn would be. */
  const writes: ((word: number) => string)[] = [];
  for (const [buffer, end] of buffers) {
    encoder.copyBufferToBuffer(buffer, 0, staging, writes.length * bytes, bytes);
    writes.push((word) => `${GUARD.length - word} words before the ${end} bytes of ${buffer.label}`);
    encoder.copyBufferToBuffer(buffer, bytes + end, staging, writes.length * bytes, bytes);
    writes.push((word) => `${word + 1} words behind the ${end} bytes of ${buffer.label}`);
  }
  for (const [texture, end] of textures) {
    const target = { buffer: staging, offset: writes.length * bytes };
    encoder.copyTextureToBuffer({ texture, origin: [0, end] }, target, [GUARD.length / 4, 1]);
    writes.push((word) => `${word + 1} words behind the ${end} rows of ${texture.label}`);
  }
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.wait(staging.mapAsync(GPUMapMode.READ));
  const words = new Uint32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  const at = words.subarray(0, writes.length * GUARD.length).findIndex((word) => word !== GUARD[0]);
  if (at < 0) return;
  const where = writes[Math.floor(at / GUARD.length)]!(at % GUARD.length);
  throw new KernelError(`expected every write inside a buffer or texture, got one ${where}`);
}
