import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Gpu } from '../device/gpu.ts';
import { openDevice } from '../device/open-device.ts';
import { adapterPeak, higherPeak, readPeak } from './peak-file.ts';
import type { Roof } from './peak.ts';

let gpu: Gpu;
let folder: string;
beforeAll(async () => {
  gpu = await openDevice();
  folder = mkdtempSync(join(tmpdir(), 'monosema-peak-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  gpu.close();
});

test(
  'the peak of an adapter is that of its fastest kernels, and is measured once',
  { timeout: 120_000 },
  async () => {
    expect(readPeak(gpu)).toBeNull();
    const peak = await adapterPeak(gpu);
    for (const { perSecond, by, all } of [peak.flops, peak.bandwidth]) {
      expect(perSecond).toBeGreaterThan(0);
      expect(perSecond).toBe(Math.max(...Object.values(all)));
      expect(all[by]).toBe(perSecond);
    }
    const [file] = readdirSync(join(folder, 'monosema'));
    const path = join(folder, 'monosema', file!);
    const kept = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    expect(kept).toMatchObject({ adapter: gpu.name, driver: gpu.driver, ...peak });
    // What the file says counts, whatever a kernel would reach now.
    const flops = { ...peak.flops, perSecond: 1 };
    writeFileSync(path, JSON.stringify({ ...kept, flops }));
    expect(await adapterPeak(gpu)).toEqual({ ...peak, flops });
    writeFileSync(path, '{"flops":');
    expect(readPeak(gpu)).toBeNull();
  },
);

test('of two measurements the higher is kept', () => {
  const roof = (perSecond: number): Roof => ({ perSecond, by: 'copy', all: { copy: perSecond } });
  const [low, high] = [roof(1), roof(2)];
  expect(higherPeak({ flops: low, bandwidth: high }, { flops: high, bandwidth: low })).toEqual({
    flops: high,
    bandwidth: high,
  });
});
