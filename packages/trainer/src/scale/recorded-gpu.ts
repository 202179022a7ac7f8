import { readFile } from 'node:fs/promises';
import { Gpu, type AdapterDescription } from '@monosema/engine';

/** A GPU that is described and not there: programs are recorded and planned for it, and cannot run. */
export interface RecordedGpu {
  readonly gpu: Gpu;
  /** Bytes of all buffers and textures made for it so far, those that were destroyed aside. */
  readonly bytes: () => number;
}

/** What GPUs of today bind at once, and hold in one buffer. */
const LIMITS = {
  maxStorageBufferBindingSize: 2 ** 31 - 4,
  maxBufferSize: 2 ** 32,
  maxTextureDimension2D: 16_384,
};

/** Bits of WebGPU's usages, which are globals where a device was opened. */
const USAGES = {
  GPUBufferUsage: { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4, UNIFORM: 8, MAP_READ: 16 },
  GPUTextureUsage: { STORAGE_BINDING: 1, COPY_SRC: 2, COPY_DST: 4 },
};

const NOT_THERE: AdapterDescription = {
  name: 'a GPU that is not there',
  driver: 'none',
  software: false,
  adapterClass: 'gpu',
  subgroupSize: 1,
  pinned: false,
  demotion: null,
};

/**
 * Opens one. What it is asked to make it only measures, so that the work and the memory of a step are counted from the
 * very program that a GPU would run, at sizes that no machine at hand could hold.
 *
 * @param like a GPU whose limits and class it has; what GPUs of today have otherwise
 */
export function recordedGpu(like?: Gpu): RecordedGpu {
  for (const [name, bits] of Object.entries(USAGES))
    if (!(name in globalThis)) Object.assign(globalThis, { [name]: bits });
  let held = 0;
  const made = (size: number) => {
    held += size;
    return { size, destroy: () => void (held -= size) };
  };
  const device = {
    limits: like?.device.limits ?? LIMITS,
    lost: new Promise(() => {}),
    queue: { writeBuffer: () => {} },
    addEventListener: () => {},
    pushErrorScope: () => {},
    popErrorScope: () => Promise.resolve(null),
    createBuffer: ({ size }: GPUBufferDescriptor) => made(size),
    createTexture: ({ size }: { size: [number, number] }) => made(16 * size[0] * size[1]),
    createShaderModule: () => ({}),
    createComputePipelineAsync: () => Promise.resolve({ getBindGroupLayout: () => ({}) }),
    createBindGroup: () => ({}),
  };
  const gpu = new Gpu(device as unknown as GPUDevice, like ?? NOT_THERE, {
    readText: (url) => readFile(url, 'utf8'),
    wait: (promise) => promise,
  });
  return { gpu, bytes: () => held };
}
