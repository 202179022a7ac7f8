import type { AdapterChoice, Choices, Gpu, TuneMode } from '@monosema/engine';

/** What --adapter takes; the engine's list, written again so that --help need not load it. */
export const ADAPTERS = [
  'auto',
  'hardware',
  'lavapipe',
  'swiftshader',
] as const satisfies readonly AdapterChoice[];

/** What --tune takes, likewise. */
export const TUNINGS = ['off', 'cache', 'full'] as const satisfies readonly TuneMode[];

const DRIVER_RESTART_MS = 1000;

/** A GPU that is opened by the first who needs it, and closed once by whoever made it. */
export interface LazyDevice {
  /** Gives the same device every time, until it is lost; then opens another, which is given less to do at a time. */
  readonly open: () => Promise<Gpu>;
  readonly close: () => void;
}

/** What decides which device a command gets, and how that computes products. */
export interface DeviceOptions {
  /** Left to the engine where there is none. */
  readonly adapter?: AdapterChoice | undefined;
  readonly tune?: TuneMode | undefined;
  /** Kernels that are pinned, by class of products. */
  readonly kernels?: Choices;
}

/**
 * @param say is told which adapter it is, how to get a faster one where it is software, and what is wrong with it
 * @param opened is given the device before anyone uses it
 */
export function lazyDevice(
  { adapter, tune = 'cache', kernels = {} }: DeviceOptions,
  say: (line: string) => void,
  opened: (gpu: Gpu) => void = () => {},
): LazyDevice {
  let opening: Promise<Gpu> | null = null;
  let gpu: Gpu | null = null;
  const open = async (): Promise<Gpu> => {
    const { nvidiaRemedy, openDevice, openTuning } = await import('@monosema/engine');
    gpu = await openDevice(adapter === undefined ? {} : { adapter });
    const choice = adapter ?? process.env['MONOSEMA_ADAPTER'] ?? 'auto';
    say(describeAdapter(gpu, choice !== 'auto', nvidiaRemedy()));
    if (gpu.demotion !== null) say(`adapter: ${gpu.demotion}`);
    gpu.tuning = openTuning(gpu, { mode: tune, pinned: kernels, say });
    opened(gpu);
    return gpu;
  };
  const reopen = async (lost: Gpu): Promise<Gpu> => {
    lost.close();
    // A driver that takes a GPU away needs a moment to bring it back.
    if (!lost.software) await new Promise((resolve) => setTimeout(resolve, DRIVER_RESTART_MS));
    const next = await open();
    next.submissions.budgetMs = lost.submissions.budgetMs / 2;
    return next;
  };
  return {
    open: () => (opening = gpu?.lost === true ? reopen(gpu) : (opening ?? open())),
    close: () => gpu?.close(),
  };
}

/**
 * One line that names the adapter.
 *
 * @param chosen true where somebody asked for this one
 * @param remedy what makes a GPU answer that is here, where one is
 */
export function describeAdapter(
  gpu: Pick<Gpu, 'name' | 'software'>,
  chosen: boolean,
  remedy: string | null,
): string {
  if (!gpu.software) return `adapter: ${gpu.name}`;
  if (chosen) return `adapter: ${gpu.name}, computing on the CPU`;
  if (remedy !== null) return `adapter: ${gpu.name}, computing on the CPU; ${remedy}`;
  const faster =
    gpu.name === 'SwiftShader'
      ? 'lavapipe, in Debian the package mesa-vulkan-drivers, is several times faster, a GPU far more'
      : 'a GPU with its driver is far faster';
  return `adapter: ${gpu.name}, computing on the CPU, as no GPU was found (${faster})`;
}
