import type { Gpu } from '../device/gpu.ts';

/** The buffers that a device made since the watch began. */
export interface BufferWatch {
  /** All of them, in order of creation. */
  readonly created: readonly GPUBuffer[];
  /** Those not destroyed yet. */
  readonly live: ReadonlySet<GPUBuffer>;
  /** Ends the watch; the lists stay as they are. */
  readonly stop: () => void;
}

/** Notes every buffer that a device creates and destroys. Buffers behave as ever, and watches nest. */
export function watchBuffers(gpu: Gpu): BufferWatch {
  const { device } = gpu;
  const createBuffer = device.createBuffer.bind(device);
  const created: GPUBuffer[] = [];
  const live = new Set<GPUBuffer>();
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      live.delete(buffer);
      return destroy();
    };
    created.push(buffer);
    live.add(buffer);
    return buffer;
  };
  const stop = () => {
    device.createBuffer = createBuffer;
  };
  return { created, live, stop };
}
