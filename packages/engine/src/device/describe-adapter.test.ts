import { expect, test } from 'vitest';
import { classOf, describeAdapter } from './describe-adapter.ts';

/** What adapters say about themselves; everything follows from these words and numbers alone. */
function adapterThatSays(info: Partial<GPUAdapterInfo>, features: string[]): GPUAdapter {
  const silent = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false };
  return { info: { ...silent, ...info }, features: new Set(features) } as unknown as GPUAdapter;
}

const subgroups = (min: number, max: number) => ({ subgroupMinSize: min, subgroupMaxSize: max });

test.each([
  {
    what: 'SwiftShader with 4 lanes',
    info: {
      vendor: 'google',
      architecture: 'swiftshader',
      device: 'swiftshader-device-subzero-',
      isFallbackAdapter: true,
      ...subgroups(4, 4),
    },
    features: ['subgroups'],
    is: { name: 'SwiftShader', software: true, subgroupSizes: [4], sizeVaries: false },
  },
  {
    what: 'lavapipe with 8 lanes',
    info: { vendor: 'mesa', device: 'llvmpipe (LLVM 19.1.7, 256 bits)', ...subgroups(8, 8) },
    features: ['subgroups'],
    is: { name: 'lavapipe', software: true, subgroupSizes: [8], sizeVaries: false },
  },
  {
    what: 'lavapipe with 16 lanes',
    info: { vendor: 'mesa', device: 'llvmpipe (LLVM 19.1.7, 512 bits)', ...subgroups(16, 16) },
    features: ['subgroups'],
    is: { name: 'lavapipe', software: true, subgroupSizes: [16], sizeVaries: false },
  },
  {
    what: 'lavapipe in a browser, which hides the device',
    info: { vendor: 'mesa', architecture: 'software', isFallbackAdapter: true, ...subgroups(8, 8) },
    features: ['subgroups'],
    is: { name: 'lavapipe', software: true, subgroupSizes: [8], sizeVaries: false },
  },
  {
    what: 'lavapipe without subgroups',
    info: { vendor: 'mesa', device: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    features: [],
    is: { name: 'lavapipe', software: true, subgroupSizes: [], sizeVaries: false },
  },
  {
    what: 'the rasteriser of Windows, which is no hardware',
    info: {
      vendor: 'microsoft',
      architecture: 'warp',
      device: 'microsoft-basic-render-driver',
      isFallbackAdapter: true,
      ...subgroups(4, 128),
    },
    features: ['subgroups', 'subgroup-size-control'],
    is: { name: 'WARP', software: true, subgroupSizes: [8, 16, 4], sizeVaries: true },
  },
  {
    what: 'a rasteriser that nobody has met, of more lanes than kernels for a CPU know',
    info: { vendor: 'acme', device: 'soft', isFallbackAdapter: true, ...subgroups(32, 32) },
    features: ['subgroups'],
    is: { name: 'soft', software: true, subgroupSizes: [], sizeVaries: false },
  },
  {
    what: 'a graphics card of one size',
    info: { vendor: 'nvidia', architecture: 'ampere', device: 'a card', ...subgroups(32, 32) },
    features: ['subgroups', 'subgroup-size-control'],
    is: { name: 'a card', software: false, subgroupSizes: [32], sizeVaries: false },
  },
  {
    what: 'a graphics card whose size can be demanded',
    info: { vendor: 'amd', architecture: 'rdna-3', device: '', ...subgroups(32, 64) },
    features: ['subgroups', 'subgroup-size-control'],
    is: { name: 'amd rdna-3', software: false, subgroupSizes: [32, 64], sizeVaries: true },
  },
  {
    what: 'a graphics card whose size varies and cannot be demanded',
    info: { vendor: 'intel', architecture: 'xe', device: 'a chip', ...subgroups(8, 32) },
    features: ['subgroups'],
    is: { name: 'a chip', software: false, subgroupSizes: [], sizeVaries: true },
  },
  {
    what: 'a graphics card without subgroups',
    info: { vendor: 'intel', device: 'another card' },
    features: [],
    is: { name: 'another card', software: false, subgroupSizes: [], sizeVaries: false },
  },
])('$what is told from others', ({ info, features, is }) => {
  expect(describeAdapter(adapterThatSays(info, features))).toMatchObject(is);
});

test('the class says which kernels run: those of a CPU need subgroups of 4 to 16 lanes, and work on any rasteriser', () => {
  expect(classOf(true, 8)).toBe('cpu-wide');
  expect(classOf(true, 16)).toBe('cpu-wide');
  expect(classOf(true, 4)).toBe('cpu-narrow');
  expect(classOf(true, 1)).toBe('gpu');
  expect(classOf(false, 32)).toBe('gpu-subgroups');
  expect(classOf(false, 1)).toBe('gpu');
});
