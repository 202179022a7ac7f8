import type { Gpu } from '../device/gpu.ts';

/** The workgroups that a device was asked for since the watch began. */
export interface GroupWatch {
  /** Of the kernel that had most of them in one submission, be it in one dispatch or in parts. */
  readonly most: () => number;
  readonly stop: () => void;
}

/** Counts the workgroups that kernels are launched with. */
export function watchGroups(gpu: Gpu): GroupWatch {
  const { device } = gpu;
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  let most = 0;
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    const groups = new Map<GPUComputePipeline, number>();
    encoder.beginComputePass = (options) => {
      const pass = beginComputePass(options);
      const setPipeline = pass.setPipeline.bind(pass);
      const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass);
      let current: GPUComputePipeline;
      pass.setPipeline = (pipeline) => setPipeline((current = pipeline));
      pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
        const sum = (groups.get(current) ?? 0) + x * y * z;
        groups.set(current, sum);
        most = Math.max(most, sum);
        dispatchWorkgroups(x, y, z);
      };
      return pass;
    };
    return encoder;
  };
  return {
    most: () => most,
    stop() {
      device.createCommandEncoder = createCommandEncoder;
    },
  };
}
