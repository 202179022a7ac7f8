import type { AdapterClass, AdapterDescription } from './gpu.ts';

/** Names an adapter and puts it into its class; see AdapterClass. */
export function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  const { info } = adapter;
  const subgroups = adapter.features.has('subgroups' as GPUFeatureName);
  const software = softwareName(`${info.architecture} ${info.device} ${info.description}`);
  const subgroupSize = info.subgroupMaxSize ?? 1;
  let adapterClass: AdapterClass = subgroups ? 'gpu-subgroups' : 'gpu';
  if (software !== null && subgroups && info.subgroupMinSize === info.subgroupMaxSize) {
    adapterClass = subgroupSize >= 8 ? 'cpu-wide' : 'cpu-narrow';
  }
  return {
    name: software ?? (info.device || info.description || info.vendor || 'unnamed adapter'),
    driver: [info.vendor, info.architecture, info.description].filter((part) => part !== '').join(' '),
    adapterClass,
    subgroupSize,
    subgroups,
  };
}

/** What people call a rasteriser on the CPU; null for hardware. */
export function softwareName(description: string): 'SwiftShader' | 'lavapipe' | null {
  if (/swiftshader/i.test(description)) return 'SwiftShader';
  return /llvmpipe|lavapipe/i.test(description) ? 'lavapipe' : null;
}
