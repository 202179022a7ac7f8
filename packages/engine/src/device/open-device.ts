import { create, globals } from 'webgpu';
import { AdapterError } from '../errors.ts';
import { describeAdapter, softwareName } from './describe-adapter.ts';
import { Gpu } from './gpu.ts';
import { unpackSwiftShader } from './swiftshader.ts';
import { driversInstalled, loadVulkan } from './vulkan.ts';

/** Adapters a user may ask for by name; `auto` prefers hardware, then lavapipe, then SwiftShader. */
export const ADAPTER_CHOICES = ['auto', 'hardware', 'lavapipe', 'swiftshader'] as const;
export type AdapterChoice = (typeof ADAPTER_CHOICES)[number];

export interface OpenDeviceOptions {
  /** Defaults to the environment variable MONOSEMA_ADAPTER, else `auto`. */
  readonly adapter?: AdapterChoice;
}

/**
 * Opens a compute device through Dawn.
 *
 * Hardware is taken wherever there is any; without any, lavapipe if the system has it, else the SwiftShader that
 * comes with the package. Dawn's null backend, which computes nothing and says so nowhere, is refused.
 *
 * @throws {AdapterError} if no adapter fits the choice
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Gpu> {
  const choice = options.adapter ?? adapterFromEnvironment();
  if (choice !== 'swiftshader' && driversInstalled()) {
    if (process.platform === 'linux') loadVulkan();
    const found = await findAdapter(choice);
    if (found !== null) return open(found);
  }
  if ((choice === 'auto' || choice === 'swiftshader') && chooseBundledSwiftShader()) {
    const found = await findAdapter('swiftshader');
    if (found !== null) return open(found);
  }
  throw new AdapterError(
    `openDevice: expected ${choice === 'auto' ? 'a GPU or a software adapter' : `a ${choice} adapter`}, got none that computes; ${REMEDY[choice]}`,
  );
}

const REMEDY: Readonly<Record<AdapterChoice, string>> = {
  auto: 'install a Vulkan driver (on Debian: mesa-vulkan-drivers 25 or newer), or the optional package @sparticuz/chromium, which carries SwiftShader',
  hardware: 'install a Vulkan driver for the GPU, or choose another adapter with --adapter auto',
  lavapipe:
    'install it (on Debian: mesa-vulkan-drivers 25 or newer), or choose another adapter with --adapter auto',
  swiftshader:
    'install the optional package @sparticuz/chromium, which carries it, or choose another adapter with --adapter auto',
};

function adapterFromEnvironment(): AdapterChoice {
  const name = process.env['MONOSEMA_ADAPTER'] ?? 'auto';
  if ((ADAPTER_CHOICES as readonly string[]).includes(name)) return name as AdapterChoice;
  throw new AdapterError(
    `MONOSEMA_ADAPTER: expected ${ADAPTER_CHOICES.join(', ')}, got "${name}"; set it to one of these, or unset it`,
  );
}

interface Found {
  readonly instance: GPU;
  readonly adapter: GPUAdapter;
}

/**
 * Dawn's toggles with their reasons. `disable_workgroup_init`: zeroing workgroup memory costs SwiftShader twenty
 * times the kernel itself, and ours write before they read. `timestamp_quantization` off: its steps of 65
 * microseconds hide single dispatches. `disable_robustness` on SwiftShader alone, where the clamp of every access
 * costs a third of the time of every kernel; elsewhere, and wherever MONOSEMA_ROBUST is set as in the tests, an
 * access out of bounds stays harmless.
 */
function toggles(choice: AdapterChoice): string[] {
  const fast = choice === 'swiftshader' && process.env['MONOSEMA_ROBUST'] === undefined;
  return [
    `enable-dawn-features=allow_unsafe_apis,disable_workgroup_init${fast ? ',disable_robustness' : ''}`,
    'disable-dawn-features=timestamp_quantization',
  ];
}

async function findAdapter(choice: AdapterChoice): Promise<Found | null> {
  const instance = create(toggles(choice));
  const wanted: GPURequestAdapterOptions[] = [
    { powerPreference: 'high-performance' },
    { forceFallbackAdapter: true },
  ];
  const candidates: GPUAdapter[] = [];
  for (const request of wanted) {
    const adapter = await instance.requestAdapter(request);
    if (adapter !== null && !isNull(adapter)) candidates.push(adapter);
  }
  for (const adapter of candidates) {
    const kind = kindOf(adapter);
    if (choice === 'auto' || choice === kind) return { instance, adapter };
  }
  return null;
}

function isNull(adapter: GPUAdapter): boolean {
  return (
    adapter.info.device === 'null-backend' || adapter.info.description.toLowerCase().includes('null backend')
  );
}

function kindOf({ info }: GPUAdapter): AdapterChoice {
  const name = softwareName(`${info.architecture} ${info.device} ${info.description}`);
  return name === null ? 'hardware' : name === 'SwiftShader' ? 'swiftshader' : 'lavapipe';
}

/** Asks the Vulkan loader for the bundled driver; false where there is none for this platform. */
function chooseBundledSwiftShader(): boolean {
  const swiftShader = unpackSwiftShader();
  if (swiftShader === null) return false;
  process.env['VK_DRIVER_FILES'] = swiftShader.driverManifest;
  loadVulkan();
  return true;
}

async function open({ instance, adapter }: Found): Promise<Gpu> {
  defineFlags();
  const description = describeAdapter(adapter);
  const features: GPUFeatureName[] = [];
  for (const name of ['subgroups', 'timestamp-query'] as GPUFeatureName[]) {
    if (adapter.features.has(name)) features.push(name);
  }
  const requiredLimits: Record<string, number> = {};
  for (const name of LIMITS) {
    const value = adapter.limits[name];
    if (typeof value === 'number') requiredLimits[name] = value;
  }
  const device = await adapter.requestDevice({
    requiredFeatures: features,
    requiredLimits,
    label: 'monosema',
  });
  // We are inside Dawn's own event processing here: a caller that closed the device at once would crash the process.
  await new Promise((resolve) => setImmediate(resolve));
  // The instance must outlive the device; dropping the last reference here would let Dawn tear it down.
  let held: GPU | null = instance;
  return new Gpu(device, description, () => {
    held = null;
    void held;
  });
}

const LIMITS = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxStorageBuffersPerShaderStage',
] as const satisfies (keyof GPUSupportedLimits)[];

/** Kernels and programs use WebGPU's flag constants, which browsers have as globals and Node does not. */
function defineFlags(): void {
  if (!('GPUBufferUsage' in globalThis)) Object.assign(globalThis, globals);
}
