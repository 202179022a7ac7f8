import { expect, test } from 'vitest';
import { describeAdapter } from './describe-adapter.ts';

/** What adapters say about themselves; the class follows from these words and numbers alone. */
function adapterThatSays(info: Partial<GPUAdapterInfo>, features: string[]): GPUAdapter {
  const silent = { vendor: '', architecture: '', device: '', description: '' };
  return { info: { ...silent, ...info }, features: new Set(features) } as unknown as GPUAdapter;
}

test.each([
  {
    what: 'SwiftShader with 4 lanes',
    name: 'SwiftShader',
    info: {
      vendor: 'google',
      architecture: 'swiftshader',
      device: 'swiftshader-device-subzero-',
      subgroupMinSize: 4,
      subgroupMaxSize: 4,
    },
    features: ['subgroups'],
    adapterClass: 'cpu-narrow',
  },
  {
    what: 'lavapipe with 8 lanes',
    name: 'lavapipe',
    info: {
      vendor: 'mesa',
      device: 'llvmpipe (LLVM 19.1.7, 256 bits)',
      subgroupMinSize: 8,
      subgroupMaxSize: 8,
    },
    features: ['subgroups'],
    adapterClass: 'cpu-wide',
  },
  {
    what: 'lavapipe without subgroups, which the kernels for CPUs need',
    name: 'lavapipe',
    info: { vendor: 'mesa', device: 'llvmpipe (LLVM 15.0.6, 256 bits)' },
    features: [],
    adapterClass: 'gpu',
  },
  {
    what: 'a graphics card with subgroups',
    name: 'a card',
    info: {
      vendor: 'nvidia',
      architecture: 'ampere',
      device: 'a card',
      subgroupMinSize: 32,
      subgroupMaxSize: 32,
    },
    features: ['subgroups'],
    adapterClass: 'gpu-subgroups',
  },
  {
    what: 'a graphics card without',
    name: 'another card',
    info: { vendor: 'intel', device: 'another card' },
    features: [],
    adapterClass: 'gpu',
  },
])('$what is of class $adapterClass', ({ name, info, features, adapterClass }) => {
  const description = describeAdapter(adapterThatSays(info, features));
  expect(description.adapterClass).toBe(adapterClass);
  expect(description.name).toBe(name);
});
