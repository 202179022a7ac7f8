import type { AdapterClass } from './gpu.ts';

/** What an adapter says about itself, and what follows for us. */
export interface AdapterAccount {
  readonly name: string;
  readonly driver: string;
  /** True where it computes on the CPU. */
  readonly software: boolean;
  /** Subgroup sizes that kernels may count on, best first; empty where there are none that they can use. */
  readonly subgroupSizes: readonly number[];
  /** True where the size varies from kernel to kernel unless a kernel demands one. */
  readonly sizeVaries: boolean;
}

/** By how much they are met: hardware has 32 or 64 mostly. Kernels for a CPU know 4 to 16 lanes, and 8 run best. */
const SIZES = { hardware: [32, 64, 16, 128, 8, 4], software: [8, 16, 4] } as const;

/** Names an adapter, tells software from hardware, and finds the subgroup sizes that our kernels can count on. */
export function describeAdapter(adapter: GPUAdapter): AdapterAccount {
  const { info } = adapter;
  const known = softwareName(info);
  // Dawn and browsers call an adapter a fallback exactly when it is a CPU: WARP on Windows, for one.
  const software = known !== null || info.isFallbackAdapter;
  const { subgroupMinSize: min = 0, subgroupMaxSize: max = 0 } = info;
  const sizeVaries = min !== max;
  const usable =
    adapter.features.has('subgroups') && (!sizeVaries || adapter.features.has('subgroup-size-control'));
  return {
    name:
      known ??
      (info.device || info.description || `${info.vendor} ${info.architecture}`.trim() || 'unnamed adapter'),
    driver: [info.vendor, info.architecture, info.description].filter((part) => part !== '').join(' '),
    software,
    subgroupSizes: usable
      ? SIZES[software ? 'software' : 'hardware'].filter((size) => size >= min && size <= max)
      : [],
    sizeVaries,
  };
}

/** The class of an adapter whose subgroups have the given size; 1 where kernels cannot use them. */
export function classOf(software: boolean, subgroupSize: number): AdapterClass {
  if (subgroupSize === 1) return 'gpu';
  if (!software) return 'gpu-subgroups';
  return subgroupSize >= 8 ? 'cpu-wide' : 'cpu-narrow';
}

export type SoftwareName = 'SwiftShader' | 'lavapipe' | 'WARP';

/** What people call a rasteriser on the CPU; null for hardware, and for software that nobody has met. */
export function softwareName(info: GPUAdapterInfo): SoftwareName | null {
  const words = `${info.architecture} ${info.device} ${info.description}`;
  if (/swiftshader/i.test(words)) return 'SwiftShader';
  // Browsers leave device and description empty; Mesa's vendor number belongs to its software drivers alone.
  if (/llvmpipe|lavapipe/i.test(words) || (info.vendor === 'mesa' && info.architecture === 'software'))
    return 'lavapipe';
  return /microsoft.basic.render|\bwarp\b/i.test(words) ? 'WARP' : null;
}
