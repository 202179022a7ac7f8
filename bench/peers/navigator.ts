import { openDevice } from '@monosema/engine';
import { create, globals } from 'webgpu';
import { describeAdapter } from '../../packages/engine/src/device/describe-adapter.ts';

/**
 * Gives libraries that were written for browsers a `navigator.gpu`: the Dawn, the adapter and the toggles that the
 * engine takes for itself, so that no one has a driver setting that others lack.
 */
export async function defineNavigator(): Promise<GPUAdapter> {
  // Opening the engine's device points the Vulkan loader at the adapter that MONOSEMA_ADAPTER names.
  const ours = await openDevice();
  const unchecked = ours.name === 'SwiftShader' ? ',disable_robustness' : '';
  const gpu = create([
    `enable-dawn-features=allow_unsafe_apis,disable_workgroup_init${unchecked}`,
    'disable-dawn-features=timestamp_quantization',
  ]);
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = (options) => requestAdapter({ powerPreference: 'high-performance', ...options });
  const adapter = await gpu.requestAdapter();
  const name = adapter === null ? 'none' : describeAdapter(adapter).name;
  if (adapter === null || name !== ours.name)
    throw new Error(`peers: expected the adapter ${ours.name} for a second device, got ${name}`);
  Object.assign(globalThis, globals);
  failOnErrors();
  const navigator = { gpu, userAgent: 'node', hardwareConcurrency: 2 };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return adapter;
}

/** A library that breaks a rule of WebGPU would be timed doing nothing: its process ends instead. */
function failOnErrors(): void {
  const prototype = GPUAdapter.prototype as { requestDevice: GPUAdapter['requestDevice'] };
  const requestDevice = Reflect.get(prototype, 'requestDevice') as GPUAdapter['requestDevice'];
  prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await requestDevice.call(this, descriptor);
    device.addEventListener('uncapturederror', (event) => {
      const { message } = (event as GPUUncapturedErrorEvent).error;
      setImmediate(() => {
        throw new Error(message);
      });
    });
    return device;
  };
}

/**
 * Imports a package of bench/peers/package.json. Through a variable, because the sources are checked where these
 * packages are not installed; what of them is used is declared beside its use.
 */
export async function importPeer<Module>(specifier: string): Promise<Module> {
  return (await import(specifier)) as Module;
}
