import { Gpu } from '../device/gpu.ts';

/**
 * The same device under the class `gpu`: ops take the kernels that they take on hardware without subgroups
 * (workgroup tiles, reductions through workgroup memory), so a software adapter proves those too.
 */
export function asHardware(gpu: Gpu): Gpu {
  return new Gpu(gpu.device, {
    name: `${gpu.name} as hardware`,
    driver: gpu.driver,
    adapterClass: 'gpu',
    subgroupSize: 1,
    subgroups: false,
  });
}
