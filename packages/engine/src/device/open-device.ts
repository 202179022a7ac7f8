import { readFile } from 'node:fs/promises';
import { delimiter } from 'node:path';
import { create, globals } from 'webgpu';
import { AdapterError, KernelError } from '../errors.ts';
import { softwareName } from './describe-adapter.ts';
import type { Gpu } from './gpu.ts';
import { nvidiaRemedy } from './nvidia.ts';
import { openAdapter } from './open-adapter.ts';
import { politeWait } from './polite-wait.ts';
import { unpackSwiftShader } from './swiftshader.ts';
import { driversInstalled, loadVulkan, strayManifests, withVariable } from './vulkan.ts';

/** Adapters a user may ask for by name; `auto` prefers hardware, then lavapipe, then SwiftShader. */
export const ADAPTER_CHOICES = ['auto', 'hardware', 'lavapipe', 'swiftshader'] as const;
export type AdapterChoice = (typeof ADAPTER_CHOICES)[number];

/** Which adapter to open. */
export interface OpenDeviceOptions {
  /** Defaults to the environment variable MONOSEMA_ADAPTER, else `auto`. */
  readonly adapter?: AdapterChoice;
}

/**
 * Opens a compute device through Dawn.
 *
 * Hardware is taken wherever there is any, a discrete GPU before an integrated one; without any, lavapipe if the
 * system has it, else the SwiftShader that comes with the package, else whatever software the system offers. Dawn's
 * null backend, which computes nothing and says so nowhere, is refused.
 *
 * @throws {AdapterError} if no adapter fits the choice
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Gpu> {
  return open(await findAdapter(checkChoice('openDevice', options.adapter) ?? adapterFromEnvironment()));
}

/** An adapter of Dawn's, and the instance it is from. */
export interface FoundAdapter {
  readonly instance: GPU;
  readonly adapter: GPUAdapter;
}

/** Finds the adapter that `openDevice` opens. @throws {AdapterError} if no adapter fits the choice */
export async function findAdapter(choice: AdapterChoice): Promise<FoundAdapter> {
  const offers = new Offers();
  for (const kind of KINDS[choice]) {
    const found = await offers.find(kind);
    if (found !== null) return found;
  }
  const got = offers.metNull ? "Dawn's null backend, which computes nothing" : 'none that computes';
  throw new AdapterError(
    `openDevice: expected ${choice === 'auto' ? 'a GPU or a software adapter' : `a ${choice} adapter`}, got ${got}; ${offers.metNull ? 'unset DAWNNODE_BACKEND' : remedyFor(choice)}`,
  );
}

/** `software` is what is neither lavapipe nor SwiftShader, such as WARP on Windows. */
type Kind = 'hardware' | 'lavapipe' | 'swiftshader' | 'software';

/** Kinds of adapters that fit a choice, the preferred one first. */
const KINDS: Readonly<Record<AdapterChoice, readonly Kind[]>> = {
  auto: ['hardware', 'lavapipe', 'swiftshader', 'software'],
  hardware: ['hardware'],
  lavapipe: ['lavapipe'],
  swiftshader: ['swiftshader'],
};

function remedyFor(choice: AdapterChoice): string {
  const nvidia = nvidiaRemedy();
  switch (choice) {
    case 'auto':
      return `${nvidia === null ? '' : `${nvidia}; or `}install a Vulkan driver (on Debian: mesa-vulkan-drivers 25 or newer), or the optional package @sparticuz/chromium, which carries SwiftShader`;
    case 'hardware':
      return `${nvidia ?? 'install a Vulkan driver for the GPU'}, or choose another adapter (MONOSEMA_ADAPTER=auto)`;
    case 'lavapipe':
      return 'install it (on Debian: mesa-vulkan-drivers 25 or newer), or choose another adapter (MONOSEMA_ADAPTER=auto)';
    case 'swiftshader':
      return 'install the optional package @sparticuz/chromium, which carries it, or choose another adapter (MONOSEMA_ADAPTER=auto)';
  }
}

/** @throws {AdapterError} if the variable names none */
export function adapterFromEnvironment(): AdapterChoice {
  return checkChoice('MONOSEMA_ADAPTER', process.env['MONOSEMA_ADAPTER']) ?? 'auto';
}

function checkChoice(what: string, name: string | undefined): AdapterChoice | undefined {
  if (name === undefined || (ADAPTER_CHOICES as readonly string[]).includes(name))
    return name as AdapterChoice | undefined;
  throw new AdapterError(
    `${what}: expected ${ADAPTER_CHOICES.join(', ')}, got "${name}"; set it to one of these, or leave it out`,
  );
}

/** The adapters of this machine, asked for one kind at a time. */
class Offers {
  /** True once Dawn has offered its null backend. */
  metNull = false;
  #fastest: Promise<FoundAdapter | null> | null = null;

  async find(kind: Kind): Promise<FoundAdapter | null> {
    if (kind === 'swiftshader') return this.#swiftShader();
    const fastest = await (this.#fastest ??= this.#system());
    if (fastest === null || kindOf(fastest.adapter) === kind) return fastest;
    // Behind a faster adapter there may be this one too; it has to be asked for by a word of its name.
    return kind === 'lavapipe' ? this.#request(kind, 'adapter=llvmpipe') : null;
  }

  /** The first that the system's drivers offer: Dawn sorts a discrete GPU before an integrated one before a CPU. */
  async #system(): Promise<FoundAdapter | null> {
    if (!driversInstalled()) return null;
    if (process.platform === 'linux') loadVulkan();
    return withVariable('VK_ADD_DRIVER_FILES', addedDrivers(), () => this.#request('any'));
  }

  async #swiftShader(): Promise<FoundAdapter | null> {
    const bundled = unpackSwiftShader();
    if (bundled === null)
      return driversInstalled() ? this.#request('swiftshader', 'adapter=SwiftShader') : null;
    loadVulkan();
    // Later ones must find the system's drivers.
    return withVariable('VK_DRIVER_FILES', bundled.driverManifest, () => this.#request('swiftshader'));
  }

  async #request(kind: Kind | 'any', ...flags: string[]): Promise<FoundAdapter | null> {
    const instance = create([...toggles(kind), ...flags]);
    instances.push(instance);
    // Dawn rejects where it has adapters, but none of the name.
    const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
    if (adapter === null) return null;
    if (adapter.info.device === 'null-backend') {
      this.metNull = true;
      return null;
    }
    return kind === 'any' || kindOf(adapter) === kind ? { instance, adapter } : null;
  }
}

/** Value for VK_ADD_DRIVER_FILES that names the drivers which the loader would miss; undefined where it misses none. */
function addedDrivers(): string | undefined {
  const stray = strayManifests();
  if (stray.length === 0) return undefined;
  const own = process.env['VK_ADD_DRIVER_FILES'];
  return [...(own === undefined ? [] : [own]), ...stray].join(delimiter);
}

/**
 * Every instance of Dawn's, kept until the process ends: the binding goes on to process the events of one that was
 * collected, which ends the process or halts it for good.
 */
const instances: GPU[] = [];

function kindOf({ info }: GPUAdapter): Kind {
  const name = softwareName(info);
  if (name === 'lavapipe') return 'lavapipe';
  if (name === 'SwiftShader') return 'swiftshader';
  return name !== null || info.isFallbackAdapter ? 'software' : 'hardware';
}

/**
 * Dawn's toggles, as measured on the two software adapters (Zen 4, 2 cores, Mesa 25.0.7; medians of 9, in ms).
 *
 * Everywhere `timestamp_quantization` is off: its steps of 65 microseconds hide single dispatches, and without it
 * nothing gets slower.
 *
 * SwiftShader alone has `disable_workgroup_init`: zeroing workgroup memory makes the first run of a tiled product
 * take 0.8 s instead of 0.08 s and every later one a fifth longer, and our kernels write before they read. It also has
 * `disable_robustness`, since there the clamp of every access costs most of a kernel's time: LayerNorm of (256,1024)
 * takes 8.5 with it and 3.6 without, top 32 of (256,1024) 67 and 31, add 2.3 and 1.6, a product of (128,256) and
 * (256,512) 11.1 and 9.2. MONOSEMA_ROBUST brings the clamp back, as in the tests.
 *
 * lavapipe gains nothing from the former and a tenth on LayerNorm from the latter, so there, and on hardware, where
 * nobody has measured, an access out of bounds stays harmless.
 */
function toggles(kind: Kind | 'any'): string[] {
  const always = ['disable-dawn-features=timestamp_quantization'];
  if (kind !== 'swiftshader') return always;
  const unchecked = process.env['MONOSEMA_ROBUST'] === undefined ? ',disable_robustness' : '';
  return [...always, `enable-dawn-features=disable_workgroup_init${unchecked}`];
}

async function open({ adapter }: FoundAdapter): Promise<Gpu> {
  defineFlags();
  const gpu = await openAdapter(adapter, { readText, wait: politeWait });
  // We are inside Dawn's own event processing here: a caller that closed the device at once would crash the process.
  await new Promise((resolve) => setImmediate(resolve));
  return gpu;
}

async function readText(url: URL): Promise<string> {
  try {
    return await readFile(url, 'utf8');
  } catch (error) {
    throw new KernelError(
      `expected a kernel in ${url.href}, got "${(error as Error).message}"; put its .wgsl file there`,
    );
  }
}

/** Kernels and programs use WebGPU's flag constants, which browsers have as globals and Node does not. */
function defineFlags(): void {
  if (!('GPUBufferUsage' in globalThis)) Object.assign(globalThis, globals);
}
