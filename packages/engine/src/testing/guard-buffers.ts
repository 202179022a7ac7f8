import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';
import { fillWithNaN } from './poison.ts';
import { watchBuffers } from './watch-buffers.ts';

/** Buffers and textures whose ends are watched. */
export interface GuardedBuffers {
  /** @throws {KernelError} naming a buffer or texture that something was written behind */
  readonly assertIntact: () => Promise<void>;
  /** Destroys all made since, and stops guarding. */
  readonly free: () => void;
}

// Tails are NaNs, so that reading one shows too, with a payload that no arithmetic makes.
const TAIL = new Uint32Array(64).fill(0x7fc0_beef);

/** A buffer or texture, and where its tail begins: at a byte, or in a row of texels. */
interface Guarded {
  readonly place: GPUBuffer | GPUTexture;
  readonly end: number;
}

/**
 * From now on every storage buffer and texture of the device starts as NaN and is followed by a tail that no kernel
 * may touch. Without bounds checks a kernel that runs over its end meets the tail; with them it cannot, and the
 * adapter clamps.
 */
export function guardBuffers(gpu: Gpu): GuardedBuffers {
  const watch = watchBuffers(gpu);
  const { device } = gpu;
  const createBuffer = device.createBuffer.bind(device);
  const createTexture = device.createTexture.bind(device);
  const guarded: Guarded[] = [];
  device.createBuffer = (descriptor) => {
    if ((descriptor.usage & GPUBufferUsage.STORAGE) === 0) return createBuffer(descriptor);
    const buffer = createBuffer({ ...descriptor, size: descriptor.size + TAIL.byteLength });
    fillWithNaN(gpu, buffer);
    device.queue.writeBuffer(buffer, descriptor.size, TAIL);
    guarded.push({ place: buffer, end: descriptor.size });
    return buffer;
  };
  device.createTexture = (descriptor) => {
    const [width, height] = descriptor.size as [number, number];
    const texture = createTexture({ ...descriptor, size: [width, height + 1] });
    fillWithNaN(gpu, texture);
    device.queue.writeTexture({ texture, origin: [0, height] }, TAIL, {}, [TAIL.length / 4, 1]);
    guarded.push({ place: texture, end: height });
    return texture;
  };
  return {
    assertIntact: () => assertIntact(gpu, guarded),
    free() {
      watch.stop();
      // The staging buffers of readbacks stay with the device.
      for (const place of watch.live) if (!('mapState' in place && isStaging(place))) place.destroy();
    },
  };
}

function isStaging({ usage }: GPUBuffer): boolean {
  return (usage & GPUBufferUsage.MAP_READ) !== 0;
}

async function assertIntact(gpu: Gpu, guarded: readonly Guarded[]): Promise<void> {
  const size = Math.max(1, guarded.length) * TAIL.byteLength;
  const staging = gpu.device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = gpu.device.createCommandEncoder();
  guarded.forEach(({ place, end }, index) => {
    const offset = index * TAIL.byteLength;
    if ('createView' in place) {
      const origin = [0, end] as const;
      encoder.copyTextureToBuffer({ texture: place, origin }, { buffer: staging, offset }, [
        TAIL.length / 4,
        1,
      ]);
    } else {
      encoder.copyBufferToBuffer(place, end, staging, offset, TAIL.byteLength);
    }
  });
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.wait(staging.mapAsync(GPUMapMode.READ));
  const tails = new Uint32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  const at = tails.subarray(0, guarded.length * TAIL.length).findIndex((word) => word !== TAIL[0]);
  if (at < 0) return;
  const { place, end } = guarded[Math.floor(at / TAIL.length)]!;
  throw new KernelError(
    `internal: expected nothing behind the ${end} ${'createView' in place ? 'rows' : 'bytes'} of ${place.label}, got a write at word ${at % TAIL.length} after them`,
  );
}
