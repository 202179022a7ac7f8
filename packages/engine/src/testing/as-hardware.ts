import { Gpu } from '../device/gpu.ts';

/**
 * The same device under the class `gpu`: ops take the kernels that they take on hardware without subgroups
 * (workgroup tiles, reductions through workgroup memory), so a software adapter proves those too. Asking again gives
 * the same Gpu, with the pipelines compiled so far; close the one it was made from.
 */
export function asHardware(gpu: Gpu): Gpu {
  return make(wide, gpu, 64);
}

/**
 * Hardware with workgroups of one lane where kernels reduce over them: the cheapest way to many workgroups, for grids
 * that must fold. (CPU adapters give a workgroup so much to do that none ever folds.)
 */
export function asOneLane(gpu: Gpu): Gpu {
  return make(narrow, gpu, 1);
}

const wide = new WeakMap<Gpu, Gpu>();
const narrow = new WeakMap<Gpu, Gpu>();

function make(made: WeakMap<Gpu, Gpu>, gpu: Gpu, workgroupSize: number): Gpu {
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
        workgroupSize,
      },
      gpu.door,
    );
    made.set(gpu, hardware);
  }
  return hardware;
}
