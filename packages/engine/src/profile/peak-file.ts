import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../device/cache-folder.ts';
import type { Gpu } from '../device/gpu.ts';
import { measurePeak, type Peak, type Roof } from './peak.ts';

/** What the file of an adapter's peak says, for people too. */
interface PeakFile extends Peak {
  readonly adapter: string;
  readonly driver: string;
  /** The CPU, where the adapter computes on it. */
  readonly cpu: string | null;
  readonly measured: string;
}

/**
 * The peak of an adapter, measured once and kept in the user's cache folder, by adapter and driver.
 *
 * @param again measures though it is known; the higher of both is kept, as whatever else a machine does can only
 *   lower a measurement
 */
export async function adapterPeak(gpu: Gpu, again = false): Promise<Peak> {
  const known = readPeak(gpu);
  if (known !== null && !again) return known;
  const measured = await measurePeak(gpu);
  const peak = known === null ? measured : higherPeak(measured, known);
  writePeak(gpu, peak);
  return peak;
}

/** The higher of each roof. */
export function higherPeak(one: Peak, other: Peak): Peak {
  const higher = (a: Roof, b: Roof): Roof => (b.perSecond > a.perSecond ? b : a);
  return { flops: higher(one.flops, other.flops), bandwidth: higher(one.bandwidth, other.bandwidth) };
}

/** The peak that was measured before, if any. */
export function readPeak(gpu: Gpu): Peak | null {
  try {
    const file = JSON.parse(readFileSync(pathOf(gpu), 'utf8')) as PeakFile;
    return isRoof(file.flops) && isRoof(file.bandwidth)
      ? { flops: file.flops, bandwidth: file.bandwidth }
      : null;
  } catch {
    return null; // absent or cut short: it is measured anew
  }
}

function writePeak(gpu: Gpu, peak: Peak): void {
  const path = pathOf(gpu);
  const file: PeakFile = {
    adapter: gpu.name,
    driver: gpu.driver,
    cpu: gpu.software ? cpuModel() : null,
    measured: new Date().toISOString().slice(0, 10),
    ...peak,
  };
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(file, null, 2)}\n`);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A cache that cannot be written costs seconds at the next run, and no result.
  }
}

function pathOf(gpu: Gpu): string {
  const key = createHash('sha256')
    .update(`${gpu.name}/${gpu.driver}/${gpu.software ? cpuModel() : ''}`)
    .digest('hex');
  const name = gpu.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return join(cacheFolder(), `peak-${name}-${key.slice(0, 8)}.json`);
}

function cpuModel(): string {
  return cpus()[0]?.model ?? '';
}

function isRoof(value: unknown): value is Roof {
  return typeof (value as Roof | undefined)?.perSecond === 'number';
}
