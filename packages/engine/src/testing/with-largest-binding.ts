import { Gpu } from '../device/gpu.ts';

/**
 * The same device, of which no binding may exceed so many bytes: values that are cut into blocks on an adapter with
 * small bindings are then cut at sizes that a test can afford. Close the one it was made from.
 */
export function withLargestBinding(gpu: Gpu, largestBinding: number): Gpu {
  const { name, driver, software, adapterClass, subgroupSize, pinned, demotion } = gpu;
  return new Gpu(
    gpu.device,
    { name, driver, software, adapterClass, subgroupSize, pinned, demotion, largestBinding },
    gpu.door,
  );
}
