import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';
import { watchBuffers } from './watch-buffers.ts';

/** Buffers whose ends are watched. */
export interface GuardedBuffers {
  /** @throws {KernelError} naming a buffer that something was written behind */
  readonly assertIntact: () => Promise<void>;
  /** Destroys all buffers made since, and stops guarding. */
  readonly free: () => void;
}

// Tails are NaNs, so that reading one shows too, with a payload that no arithmetic makes.
const TAIL = new Uint32Array(64).fill(0x7fc0_beef);

/**
 * From now on every storage buffer of the device starts as NaN and is followed by a tail that no kernel may touch.
 * Without bounds checks a kernel that runs over its end meets the tail; with them it cannot, and the adapter clamps.
 */
export function guardBuffers(gpu: Gpu): GuardedBuffers {
  const watch = watchBuffers(gpu);
  const { device } = gpu;
  const createBuffer = device.createBuffer.bind(device);
  const guarded: { buffer: GPUBuffer; end: number }[] = [];
  device.createBuffer = (descriptor) => {
    if ((descriptor.usage & GPUBufferUsage.STORAGE) === 0) return createBuffer(descriptor);
    const buffer = createBuffer({ ...descriptor, size: descriptor.size + TAIL.byteLength });
    device.queue.writeBuffer(buffer, 0, new Float32Array(descriptor.size / 4).fill(NaN));
    device.queue.writeBuffer(buffer, descriptor.size, TAIL);
    guarded.push({ buffer, end: descriptor.size });
    return buffer;
  };
  return {
    assertIntact: () => assertIntact(gpu, guarded),
    free() {
      watch.stop();
      for (const buffer of watch.live) buffer.destroy();
    },
  };
}

async function assertIntact(gpu: Gpu, guarded: readonly { buffer: GPUBuffer; end: number }[]): Promise<void> {
  const size = Math.max(1, guarded.length) * TAIL.byteLength;
  const staging = gpu.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = gpu.device.createCommandEncoder();
  guarded.forEach(({ buffer, end }, index) => {
    encoder.copyBufferToBuffer(buffer, end, staging, index * TAIL.byteLength, TAIL.byteLength);
  });
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.wait(staging.mapAsync(GPUMapMode.READ));
  const tails = new Uint32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  const at = tails.subarray(0, guarded.length * TAIL.length).findIndex((word) => word !== TAIL[0]);
  if (at < 0) return;
  const { buffer, end } = guarded[Math.floor(at / TAIL.length)]!;
  throw new KernelError(
    `internal: expected nothing behind the ${end} bytes of ${buffer.label}, got a write at word ${at % TAIL.length} after them`,
  );
}
