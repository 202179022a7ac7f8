import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { AdapterError, DeviceError } from '../errors.ts';
import { createTensor, readTensor } from '../tensor/tensor.ts';
import { openDevice } from './open-device.ts';
import { driversInstalled } from './vulkan.ts';

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
      software: true,
    });
    expect([...(await readTensor(gpu, createTensor(gpu, 'x', [2], Float32Array.of(1, 2))))]).toEqual([1, 2]);
    gpu.close();
  },
);

test.skipIf(hasDrivers)('hardware that is not there is an AdapterError with a remedy', async () => {
  const opening = openDevice({ adapter: 'hardware' });
  await expect(opening).rejects.toBeInstanceOf(AdapterError);
  await expect(opening).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AdapterError: openDevice: expected a hardware adapter, got none that computes; install a Vulkan driver for the GPU, or choose another adapter (MONOSEMA_ADAPTER=auto)]`,
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

test.skipIf(!hasBundled)('opening the bundled SwiftShader does not hide the other adapters', async () => {
  const before = await openDevice({ adapter: 'auto' });
  before.close();
  const bundled = await openDevice({ adapter: 'swiftshader' });
  bundled.close();
  const after = await openDevice({ adapter: 'auto' });
  after.close();
  expect(after.name).toBe(before.name);
});

test("Dawn's null backend, which computes nothing, is refused", async () => {
  vi.stubEnv('DAWNNODE_BACKEND', 'null');
  const opening = openDevice({ adapter: 'auto' });
  await expect(opening).rejects.toBeInstanceOf(AdapterError);
  await expect(opening).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AdapterError: openDevice: expected a GPU or a software adapter, got Dawn's null backend, which computes nothing; unset DAWNNODE_BACKEND]`,
  );
});

// Mesa builds lavapipe for the vectors of the processor, from 4 lanes up to 16; a process has one width for good.
test.runIf(await lavapipeIsHere())('lavapipe computes right with 4, 8 and 16 lanes', () => {
  for (const [bits, lanes] of [
    ['128', 4],
    ['256', 8],
    ['512', 16],
  ]) {
    const { status, stdout, stderr } = run(LANES_SCRIPT, { LP_NATIVE_VECTOR_WIDTH: `${bits}` });
    expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: `${lanes} right\n` });
  }
});

async function lavapipeIsHere(): Promise<boolean> {
  try {
    (await openDevice({ adapter: 'lavapipe' })).close();
    return true;
  } catch {
    return false;
  }
}

test('an adapter that nobody knows is refused with the list of those that are known', async () => {
  vi.stubEnv('MONOSEMA_ADAPTER', 'quantum');
  await expect(openDevice()).rejects.toBeInstanceOf(AdapterError);
  await expect(openDevice()).rejects.toThrowErrorMatchingInlineSnapshot(
    `[AdapterError: MONOSEMA_ADAPTER: expected auto, hardware, lavapipe, swiftshader, got "quantum"; set it to one of these, or leave it out]`,
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
  const { status, signal, stderr } = run(
    `import { openDevice } from '@monosema/engine'; (await openDevice()).close();`,
  );
  expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
});

test('devices can be opened and closed again and again, whenever the garbage is collected', () => {
  const { status, signal, stderr } = run(`
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openDevice } from '@monosema/engine';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
for (let i = 0; i < 5; i++) {
  const [one, other] = [await openDevice(), await openDevice()];
  void one.device.queue.onSubmittedWorkDone();
  for (const gpu of [one, other]) gpu.close();
  collect();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}`);
  expect({ status, signal }, stderr).toEqual({ status: 0, signal: null });
});

/** Multiplies by a permutation, which is exact, and says at how many lanes. */
const LANES_SCRIPT = `
import { createTensor, matmul, openDevice, ProgramBuilder, readTensor } from '@monosema/engine';
const gpu = await openDevice({ adapter: 'lavapipe' });
const size = 37;
const values = Float32Array.from({ length: size * size }, (_, i) => (i * 7) % 101);
const turned = Float32Array.from({ length: size * size }, (_, i) => ((i % size) === size - 1 - Math.floor(i / size) ? 1 : 0));
const p = new ProgramBuilder(gpu, 'lanes');
const product = p.output(matmul(p, p.persistent(createTensor(gpu, 'values', [size, size], values)), p.persistent(createTensor(gpu, 'turned', [size, size], turned))));
await (await p.build()).run();
const got = await readTensor(gpu, product);
const right = got.every((value, i) => value === values[i - (i % size) + size - 1 - (i % size)]);
console.log(gpu.subgroupSize, right ? 'right' : 'wrong');
gpu.close();
`;

/** Runs a program that uses this package, with further variables in its environment. */
function run(program: string, environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 120_000,
  });
}
