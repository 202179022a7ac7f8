import { AdapterError } from '../errors.ts';
import { classOf, describeAdapter } from './describe-adapter.ts';
import type { Door } from './door.ts';
import { Gpu } from './gpu.ts';
import { testSubgroups } from './test-subgroups.ts';

// Not every list of names that TypeScript comes with has the second.
const FEATURES = ['subgroups', 'subgroup-size-control', 'timestamp-query'] as GPUFeatureName[];

/** Taken as large as the adapter has them; everything else stays at WebGPU's defaults. */
const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const satisfies (keyof GPUSupportedLimits)[];

/**
 * Opens a device on an adapter and finds out which kernels may run there, behind either door.
 *
 * Subgroup operations are tried first. An adapter that fails gets the kernels without them, and `gpu.demotion` says
 * why.
 *
 * @throws {AdapterError} if the adapter gives no device
 */
export async function openAdapter(adapter: GPUAdapter, door: Door): Promise<Gpu> {
  const { subgroupSizes, sizeVaries, ...account } = describeAdapter(adapter);
  const device = await requestDevice(adapter, account.name, door);
  let subgroupSize = 1;
  let demotion: string | null = null;
  for (const size of subgroupSizes) {
    const fault = await testSubgroups(device, door, size, sizeVaries);
    if (fault === null) {
      subgroupSize = size;
      demotion = null;
      break;
    }
    demotion ??= `subgroup operations are wrong on this adapter (${fault}), so kernels without them run`;
  }
  const pinned = sizeVaries && subgroupSize > 1;
  const adapterClass = classOf(account.software, subgroupSize);
  return new Gpu(device, { ...account, adapterClass, subgroupSize, pinned, demotion }, door);
}

async function requestDevice(adapter: GPUAdapter, name: string, door: Door): Promise<GPUDevice> {
  const descriptor: GPUDeviceDescriptor = {
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
    label: 'monosema',
  };
  try {
    return await door.wait(adapter.requestDevice(descriptor), 0.25);
  } catch (error) {
    throw new AdapterError(
      `openDevice: expected ${name} to open, got "${(error as Error).message}"; update its driver or choose another adapter`,
    );
  }
}
