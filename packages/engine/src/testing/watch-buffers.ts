import type { Gpu } from '../device/gpu.ts';

/** The buffers and textures that a device made since the watch began. */
export interface BufferWatch {
  /** All of them, in order of creation. */
  readonly created: readonly (GPUBuffer | GPUTexture)[];
  /** Those not destroyed yet. */
  readonly live: ReadonlySet<GPUBuffer | GPUTexture>;
  /** Ends the watch; the lists stay as they are. */
  readonly stop: () => void;
}

/** Notes every buffer and texture that a device creates and destroys. They behave as ever, and watches nest. */
export function watchBuffers(gpu: Gpu): BufferWatch {
  const { device } = gpu;
  const createBuffer = device.createBuffer.bind(device);
  const createTexture = device.createTexture.bind(device);
  const created: (GPUBuffer | GPUTexture)[] = [];
  const live = new Set<GPUBuffer | GPUTexture>();
  const watched = <Place extends GPUBuffer | GPUTexture>(place: Place): Place => {
    const destroy = place.destroy.bind(place);
    place.destroy = () => {
      live.delete(place);
      return destroy();
    };
    created.push(place);
    live.add(place);
    return place;
  };
  device.createBuffer = (descriptor) => watched(createBuffer(descriptor));
  device.createTexture = (descriptor) => watched(createTexture(descriptor));
  const stop = () => {
    device.createBuffer = createBuffer;
    device.createTexture = createTexture;
  };
  return { created, live, stop };
}
