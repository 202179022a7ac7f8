import { existsSync } from 'node:fs';
import type { Gpu, Peak, Roof } from '@monosema/engine';
import { packageVersion } from '../artefacts/code-version.ts';
import { CheckFailed, UsageError } from './cli-error.ts';
import { lazyDevice } from './device.ts';
import type { Effects } from './effects.ts';
import { fileSize } from './format.ts';
import { startProfile } from './profile.ts';
import type { SharedOptions } from './shared-options.ts';

interface Comparison {
  readonly file: string;
  readonly tensors: readonly { readonly tensor: string; readonly error: number }[];
}

export interface DoctorOptions extends SharedOptions {
  readonly golden?: readonly string[];
  readonly peak?: true;
  readonly study?: string;
}

/**
 * Prints what this machine computes with, and how far its results are from golden files. With --tune full it measures
 * kernels for products, those of a study or the usual ones.
 *
 * @throws {UsageError} if a file is not there
 * @throws {CheckFailed} if a tensor is further from its golden value than float32 summation explains
 */
export async function examine(options: DoctorOptions, effects: Effects): Promise<void> {
  const { golden = [] } = options;
  const absent = golden.find((file) => !existsSync(file));
  if (absent !== undefined)
    throw new UsageError(`doctor: expected a golden file, got no ${absent}; check its spelling`);
  if (options.study !== undefined && options.tune !== 'full')
    throw new UsageError(
      `doctor: expected --tune full beside --study, got ${options.tune === undefined ? 'no --tune' : `--tune ${options.tune}`}; the products of a study are measured, or not asked for`,
    );
  const study =
    options.study === undefined
      ? null
      : (await (await import('./run-until.ts')).openStudy(options.study, {})).study;
  const json = options.json === true;
  const say = (line: string): void => {
    if (options.quiet !== true && !json) effects.err(`${line}\n`);
  };
  const profile = await startProfile(options.profile, null);
  const device = lazyDevice(options, say, (gpu) => profile?.attach(gpu));
  let whole = false;
  try {
    const gpu = await device.open();
    const peak =
      options.peak === true ? await (await import('@monosema/engine')).adapterPeak(gpu, true) : null;
    effects.out(json ? `${JSON.stringify(facts(gpu, peak))}\n` : describe(gpu, peak));
    if (options.tune === 'full') {
      const { measureKernels } = await import('./measure-kernels.ts');
      await measureKernels(gpu, study, effects, { json, say });
    }
    const { GOLDEN_TOLERANCE, runGolden } = await import('../golden/golden.ts');
    let failed = 0;
    for (const file of golden) {
      effects.signal.throwIfAborted();
      const comparison: Comparison = { file, tensors: await runGolden(gpu, file) };
      failed += comparison.tensors.filter(({ error }) => !(error <= GOLDEN_TOLERANCE)).length;
      effects.out(json ? `${JSON.stringify(writable(comparison))}\n` : table(comparison, GOLDEN_TOLERANCE));
    }
    whole = true;
    if (failed > 0)
      throw new CheckFailed(
        `doctor: expected every tensor within ${GOLDEN_TOLERANCE} of its golden value, got ${failed} further off; results of this adapter cannot be trusted`,
      );
  } finally {
    try {
      await profile?.report(effects, json, whole);
    } finally {
      device.close();
    }
  }
}

function facts(gpu: Gpu, peak: Peak | null): Record<string, unknown> {
  const { name, driver, adapterClass, subgroupSize } = gpu;
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  return {
    monosema: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    adapter: { name, driver, class: adapterClass, subgroupSize, maxStorageBufferBindingSize, maxBufferSize },
    kernels: { measured: gpu.tuning.known },
    ...(peak === null ? {} : { peak }),
  };
}

function describe(gpu: Gpu, peak: Peak | null): string {
  const { limits } = gpu.device;
  return [
    `monosema  ${packageVersion()}, Node ${process.version}, ${process.platform}-${process.arch}`,
    `adapter   ${gpu.name}`,
    `driver    ${gpu.driver}`,
    `class     ${gpu.adapterClass}, ${gpu.subgroupSize} lanes a subgroup`,
    `limits    ${fileSize(limits.maxBufferSize)} a buffer, ${fileSize(limits.maxStorageBufferBindingSize)} a binding`,
    `kernels   ${gpu.tuning.known === 0 ? 'by class; doctor --tune full measures them' : `measured for ${gpu.tuning.known} classes of products`}`,
    ...(peak === null
      ? []
      : [
          `peak      ${gigas(peak.flops)} GFLOP/s in f32 (${peak.flops.by})`,
          `          ${gigas(peak.bandwidth)} GB/s of memory (${peak.bandwidth.by})`,
        ]),
    '',
  ].join('\n');
}

function gigas({ perSecond }: Roof): string {
  return (perSecond / 1e9).toPrecision(3);
}

function table({ file, tensors }: Comparison, tolerance: number): string {
  const width = Math.max(0, ...tensors.map(({ tensor }) => tensor.length));
  const rows = tensors.map(
    ({ tensor, error }) =>
      `  ${tensor.padEnd(width)}  ${error.toExponential(1)}${error <= tolerance ? '' : `  more than ${tolerance}`}\n`,
  );
  const worst = Math.max(0, ...tensors.map(({ error }) => error));
  return `${file}\n${rows.join('')}  largest relative error ${worst.toExponential(1)} over ${tensors.length} tensors\n`;
}

/** JSON has no infinity. */
function writable({ file, tensors }: Comparison): unknown {
  return {
    file,
    tensors: tensors.map(({ tensor, error }) => ({ tensor, error: Number.isFinite(error) ? error : null })),
  };
}
