import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { AdapterError, DeviceError } from '../errors.ts';
import { createTensor, readTensor } from '../tensor/tensor.ts';
import { openDevice } from './open-device.ts';
import { driversInstalled } from './vulkan.ts';

// Asked once, first: opening the bundled driver announces it to the Vulkan loader, as an installed one would be.
const hasDrivers = driversInstalled();
const hasBundled = process.platform === 'linux' && process.arch === 'x64';

afterEach(() => void vi.unstubAllEnvs());

test.skipIf(hasDrivers || !hasBundled)(
  'on a machine without drivers the bundled SwiftShader opens, and computes',
  async () => {
    const gpu = await openDevice();
    expect(`${gpu.name} ${gpu.driver}`.toLowerCase()).toContain('swiftshader');
    expect(gpu).toMatchObject({
      adapterClass: 'cpu-narrow',
      isCpu: true,
      subgroupSize: 4,
      workgroupSize: 4,
      subgroups: true,
    });
    expect([...(await readTensor(gpu, createTensor(gpu, 'x', [2], Float32Array.of(1, 2))))]).toEqual([1, 2]);
    gpu.close();
  },
);

test.skipIf(hasDrivers)('hardware that is not there is an AdapterError with a remedy', async () => {
  const opening = openDevice({ adapter: 'hardware' });
  await expect(opening).rejects.toBeInstanceOf(AdapterError);
  await expect(opening).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AdapterError: openDevice: expected a hardware adapter, got none that computes; install a Vulkan driver for the GPU, or choose another adapter with --adapter auto]`,
  );
});

test.skipIf(!hasBundled)(
  'the bundled SwiftShader opens when it is asked for, by option or by environment',
  async () => {
    vi.stubEnv('MONOSEMA_ADAPTER', 'swiftshader');
    for (const options of [{}, { adapter: 'swiftshader' as const }]) {
      const gpu = await openDevice(options);
      expect(`${gpu.name} ${gpu.driver}`.toLowerCase()).toContain('swiftshader');
      gpu.close();
    }
  },
);

test('an adapter that nobody knows is refused with the list of those that are known', async () => {
  vi.stubEnv('MONOSEMA_ADAPTER', 'quantum');
  await expect(openDevice()).rejects.toBeInstanceOf(AdapterError);
  await expect(openDevice()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AdapterError: MONOSEMA_ADAPTER: expected auto, hardware, lavapipe, swiftshader, got "quantum"; set it to one of these, or unset it]`,
  );
});

test('an error that the device reports late is thrown by the next awaited call', async () => {
  const gpu = await openDevice();
  const small = gpu.device.createBuffer({ size: 16, usage: GPUBufferUsage.COPY_DST });
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(small, 0, small, 0, 64);
  gpu.device.queue.submit([encoder.finish()]);
  await expect(gpu.idle()).rejects.toBeInstanceOf(DeviceError);
  expect(() => gpu.check()).toThrow(gpu.name);
  gpu.close();
});

test('a process that closes its device straight after opening it ends cleanly', () => {
  const door = JSON.stringify(new URL('./open-device.ts', import.meta.url).href);
  const script = `import { openDevice } from ${door}; (await openDevice()).close();`;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
});
