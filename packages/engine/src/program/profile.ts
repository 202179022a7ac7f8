import type { Gpu } from '../device/gpu.ts';
import { DeviceError } from '../errors.ts';
import type { Command } from './program.ts';

export interface KernelTime {
  readonly label: string;
  readonly milliseconds: number;
}

/**
 * Runs commands once, each in a pass of its own between two timestamps.
 *
 * @throws {DeviceError} if the adapter has no timestamps
 */
export async function profileCommands(gpu: Gpu, commands: readonly Command[]): Promise<KernelTime[]> {
  if (!gpu.device.features.has('timestamp-query')) {
    throw new DeviceError(
      `profile: expected an adapter with timestamp queries, got ${gpu.name}; choose another with --adapter`,
    );
  }
  const count = commands.length * 2;
  const querySet = gpu.device.createQuerySet({ type: 'timestamp', count });
  const resolved = gpu.device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
  });
  const staging = gpu.device.createBuffer({
    size: count * 8,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = gpu.device.createCommandEncoder();
  commands.forEach(({ pipeline, bindGroup, groups }, index) => {
    const pass = encoder.beginComputePass({
      timestampWrites: { querySet, beginningOfPassWriteIndex: index * 2, endOfPassWriteIndex: index * 2 + 1 },
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, staging, 0, count * 8);
  gpu.device.queue.submit([encoder.finish()]);
  await gpu.wait(staging.mapAsync(GPUMapMode.READ));
  const stamps = new BigUint64Array(staging.getMappedRange().slice(0));
  staging.destroy();
  resolved.destroy();
  querySet.destroy();
  return commands.map(({ label }, index) => ({
    label,
    milliseconds: Number(stamps[index * 2 + 1]! - stamps[index * 2]!) / 1e6,
  }));
}
