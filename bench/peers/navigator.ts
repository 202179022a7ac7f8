import { globals } from 'webgpu';
import {
  adapterFromEnvironment,
  findAdapter,
  type FoundAdapter,
} from '../../packages/engine/src/device/open-device.ts';

/**
 * Gives libraries that were written for browsers a `navigator.gpu`: the Dawn, the adapter and the toggles that the
 * engine takes for itself, so that no one has a driver setting that others lack.
 *
 * @returns an adapter of its own, for those that want one handed in
 */
export async function defineNavigator(): Promise<GPUAdapter> {
  const { instance, adapter } = await find();
  instance.requestAdapter = async () => (await find()).adapter;
  Object.assign(globalThis, globals);
  failOnErrors();
  const navigator = { gpu: instance, userAgent: 'node', hardwareConcurrency: 2 };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return adapter;
}

const find = (): Promise<FoundAdapter> => findAdapter(adapterFromEnvironment());

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
