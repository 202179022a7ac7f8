import { Gpu } from '../device/gpu.ts';

/**
 * The same device under the class `gpu`: ops take the kernels that they take on hardware without subgroups
 * (workgroup tiles, reductions through workgroup memory), so a software adapter proves those too. Asking again gives
 * the same Gpu, with the pipelines compiled so far; close the one it was made from.
 */
export function asHardware(gpu: Gpu): Gpu {
  let hardware = made.get(gpu);
  if (hardware === undefined) {
    hardware = new Gpu(
      gpu.device,
      {
        name: `${gpu.name} as hardware`,
        driver: gpu.driver,
        software: gpu.software,
        adapterClass: 'gpu',
        subgroupSize: 1,
        pinned: false,
        demotion: null,
      },
      gpu.door,
    );
    made.set(gpu, hardware);
  }
  return hardware;
}

const made = new WeakMap<Gpu, Gpu>();
