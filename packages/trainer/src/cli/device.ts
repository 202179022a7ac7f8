import type { AdapterChoice, Gpu } from '@monosema/engine';

/** What --adapter takes; the engine's list, written again so that --help need not load it. */
export const ADAPTERS = [
  'auto',
  'hardware',
  'lavapipe',
  'swiftshader',
] as const satisfies readonly AdapterChoice[];

/** A GPU that is opened by the first who needs it, and closed once by whoever made it. */
export interface LazyDevice {
  readonly open: () => Promise<Gpu>;
  readonly close: () => void;
}

/**
 * @param adapter one of ADAPTERS; undefined leaves the choice to the engine
 * @param say is told which adapter it is, and how to get a faster one where it is software
 */
export function lazyDevice(adapter: AdapterChoice | undefined, say: (line: string) => void): LazyDevice {
  let opened: Promise<Gpu> | null = null;
  let gpu: Gpu | null = null;
  const open = async (): Promise<Gpu> => {
    const { openDevice } = await import('@monosema/engine');
    gpu = await openDevice(adapter === undefined ? {} : { adapter });
    say(describeAdapter(gpu, adapter !== undefined && adapter !== 'auto'));
    return gpu;
  };
  return { open: () => (opened ??= open()), close: () => gpu?.close() };
}

function describeAdapter(gpu: Gpu, chosen: boolean): string {
  if (!gpu.isCpu) return `adapter: ${gpu.name}`;
  if (chosen) return `adapter: ${gpu.name}, computing on the CPU`;
  const faster =
    gpu.adapterClass === 'cpu-narrow'
      ? 'mesa-vulkan-drivers, as Debian calls it, is several times faster, a GPU far more'
      : 'a GPU is far faster';
  return `adapter: ${gpu.name}, computing on the CPU, as no GPU was found (${faster})`;
}
