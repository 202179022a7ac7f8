import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { layernorm } from '../ops/layernorm/layernorm.ts';
import { layernormReference } from '../ops/layernorm/layernorm.reference.ts';
import { linear } from '../ops/linear/linear.ts';
import { linearInputs } from '../ops/linear/linear-inputs.ts';
import { linearReference } from '../ops/linear/linear.reference.ts';
import { checkOp, sample, seededRandom } from '../testing/index.ts';
import type { Gpu } from './gpu.ts';
import { openAdapter } from './open-adapter.ts';
import { adapterFromEnvironment, findAdapter, openDevice } from './open-device.ts';
import { TESTED_OPERATIONS, testSubgroups } from './test-subgroups.ts';

let gpu: Gpu;
const opened: Gpu[] = [];
beforeAll(async () => {
  gpu = await openDevice();
});
afterEach(() => {
  for (const other of opened.splice(0)) other.close();
});
afterAll(() => gpu.close());

/** Opens this machine's adapter, which now claims other things of itself. */
async function openWithClaims(info: Partial<GPUAdapterInfo>, without: string[] = []): Promise<Gpu> {
  const { adapter } = await findAdapter(adapterFromEnvironment());
  const claiming = new Proxy(adapter, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (name === 'features') return new Set([...target.features].filter((it) => !without.includes(it)));
      if (typeof own === 'function') return own.bind(target);
      if (name !== 'info') return own;
      return { ...describe(target.info), ...info };
    },
  });
  const other = await openAdapter(claiming, gpu.door);
  opened.push(other);
  return other;
}

/** The account as a plain object; its words are getters of a class. */
function describe(info: GPUAdapterInfo): Partial<GPUAdapterInfo> {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize, isFallbackAdapter } =
    info;
  return {
    vendor,
    architecture,
    device,
    description,
    subgroupMinSize,
    subgroupMaxSize,
    isFallbackAdapter,
  } as Partial<GPUAdapterInfo>;
}

/** Products, sums over rows and prefixes: kernels that use subgroups where they may. */
async function expectRightResults(on: Gpu): Promise<void> {
  const random = seededRandom(1);
  await checkOp(on, {
    op: linear,
    options: () => ({ relu: true, label: 'y' }),
    inputs: linearInputs(random, 13, 16, 15),
    reference: linearReference(13, 16, 15, true),
  });
  await checkOp(on, {
    op: layernorm,
    options: () => ({ epsilon: 1e-5 }),
    inputs: {
      x: sample([5, 33], random.normal),
      gain: sample([33], random.normal),
      bias: sample([33], random.normal),
    },
    reference: layernormReference(5, 33, 1e-5),
  });
}

test('subgroup operations are right on this adapter, or it is not called one with subgroups', () => {
  expect(gpu.demotion).toBeNull();
  expect(gpu.subgroupSize > 1).toBe(gpu.adapterClass !== 'gpu');
});

test('the self-test sees a subgroup of another size than it was told', async () => {
  for (const size of [gpu.subgroupSize / 2, gpu.subgroupSize * 2]) {
    const fault = await testSubgroups(gpu.device, gpu.door, size, false);
    expect(fault).toBe(`a subgroup has ${gpu.subgroupSize} lanes, not ${size}`);
  }
  expect(await testSubgroups(gpu.device, gpu.door, gpu.subgroupSize, false)).toBeNull();
  gpu.check();
});

test('an adapter whose subgroups are wrong gets the kernels without them, says why, and computes', async () => {
  const claimed = gpu.subgroupSize === 4 ? 8 : 4;
  const other = await openWithClaims({ subgroupMinSize: claimed, subgroupMaxSize: claimed });
  expect(other).toMatchObject({
    adapterClass: 'gpu',
    subgroupSize: 1,
    workgroupSize: 64,
    software: gpu.software,
  });
  expect(other.demotion).toBe(
    `subgroup operations are wrong on this adapter (a subgroup has ${gpu.subgroupSize} lanes, not ${claimed}), so kernels without them run`,
  );
  await expectRightResults(other);
});

test('an adapter whose subgroups vary runs kernels at a size that they demand and that works', async () => {
  const other = await openWithClaims({ subgroupMinSize: 4, subgroupMaxSize: 128 });
  expect(other).toMatchObject({
    adapterClass: gpu.adapterClass,
    subgroupSize: gpu.subgroupSize,
    pinned: true,
    demotion: null,
  });
  await expectRightResults(other);
});

test('an adapter whose subgroups vary without a way to demand a size gets the kernels without them', async () => {
  const other = await openWithClaims({ subgroupMinSize: 4, subgroupMaxSize: 128 }, ['subgroup-size-control']);
  expect(other).toMatchObject({ adapterClass: 'gpu', subgroupSize: 1, pinned: false, demotion: null });
  await expectRightResults(other);
});

test('kernels use no subgroup operation that the self-test leaves out', () => {
  const sources = fileURLToPath(new URL('..', import.meta.url));
  const used = (readdirSync(sources, { recursive: true }) as string[])
    .filter((name) => /\.(wgsl|ts)$/.test(name) && !name.includes('test'))
    .flatMap(
      (name) => readFileSync(`${sources}/${name}`, 'utf8').match(/\b(subgroup|quad)[A-Z]\w*(?=\()/g) ?? [],
    );
  expect(used.filter((name) => !TESTED_OPERATIONS.includes(name))).toEqual([]);
  expect(used).toContain('subgroupAdd');
});
