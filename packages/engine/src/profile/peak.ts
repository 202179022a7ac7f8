import type { Gpu } from '../device/gpu.ts';
import { KernelError } from '../errors.ts';
import { ProgramBuilder, type Launch } from '../program/builder.ts';
import type { Work } from '../program/cost.ts';
import type { Kernel } from '../program/kernel.ts';
import type { Program } from '../program/program.ts';
import { createTensor, readTensor, type Tensor } from '../tensor/tensor.ts';
import { describeForm, FMA_FORMS, FMA_WORKGROUP, fmaKernel, operationsPerRound } from './fma-kernel.ts';

/** The most that an adapter was seen to do, by kernels that do nothing else. */
export interface Peak {
  /** f32 operations a second, a fused multiply-add counting two. */
  readonly flops: Roof;
  /** Bytes a second, read and written, of arrays too large for a cache. */
  readonly bandwidth: Roof;
}

/** The highest rate that any of several kernels reached. */
export interface Roof {
  readonly perSecond: number;
  /** The kernel that reached it. */
  readonly by: string;
  /** What each kernel reached. */
  readonly all: Readonly<Record<string, number>>;
}

/** Long enough that submitting and waiting do not count, short enough that no desktop stalls. */
const RUN_SECONDS = 0.02;
const MOST_REPEATS = 256;
const ROUNDS = 8;
/** A form that a first run showed to be slower than the best by as much takes no part in the rounds. */
const HOPELESS = 3;
/** Of a dispatch: much more than it costs to start, and no more than tens of milliseconds on the slowest adapter. */
const THREADS = { cpu: 2 ** 12, gpu: 2 ** 18 };
const OPERATIONS_PER_THREAD = { cpu: 2 ** 15, gpu: 2 ** 17 };
/** Of each array; together they exceed the caches of CPUs, and of most GPUs. */
const STREAM_BYTES = 64 * 2 ** 20;

/**
 * Measures an adapter's peaks: arithmetic by chains of fused multiply-adds, memory by copying and adding arrays, in
 * several forms each, of which the fastest counts. Each run takes tens of milliseconds by the clock on the wall, so
 * timestamps are not needed; forms take turns, and the best round of each counts. Takes a few seconds and 192 MiB.
 * What else the machine does meanwhile lowers the result.
 *
 * @throws {KernelError} if a kernel computed something else than it should
 */
export async function measurePeak(gpu: Gpu): Promise<Peak> {
  const { profiler } = gpu;
  gpu.profiler = null;
  try {
    return { flops: await measureArithmetic(gpu), bandwidth: await measureMemory(gpu) };
  } finally {
    gpu.profiler = profiler;
  }
}

/** A kernel that is measured: one launch of it, what that counts for, and an element of its output to prove it ran. */
interface Contender {
  readonly by: string;
  readonly launch: (p: ProgramBuilder) => Omit<Launch, 'cost'>;
  readonly amount: number;
  readonly expected: number;
}

async function measureArithmetic(gpu: Gpu): Promise<Roof> {
  const kind = gpu.isCpu ? 'cpu' : 'gpu';
  const threads = THREADS[kind];
  const perThread = OPERATIONS_PER_THREAD[kind];
  const factors = createTensor(gpu, 'peak factors', [2], Float32Array.of(0.5, 1));
  const sums = createTensor(gpu, 'peak sums', [threads]);
  const contenders = FMA_FORMS.map((form): Contender => {
    const rounds = perThread / operationsPerRound(form);
    return {
      by: describeForm(form),
      launch: (p) => ({
        kernel: fmaKernel(form),
        bindings: [p.persistent(factors), p.persistent(sums)],
        groups: threads / FMA_WORKGROUP,
        sizes: Uint32Array.of(rounds),
      }),
      amount: threads * perThread,
      expected: 2 * form.chains * (form.type === 'f32' ? 1 : 4),
    };
  });
  try {
    return await fastest(gpu, contenders, sums, 'flops');
  } finally {
    for (const { buffer } of [factors, sums]) buffer.destroy();
  }
}

const STREAM: Kernel = { label: 'peak/stream', source: new URL('./stream.wgsl', import.meta.url) };

async function measureMemory(gpu: Gpu): Promise<Roof> {
  const { maxStorageBufferBindingSize, maxBufferSize } = gpu.device.limits;
  const bytes = Math.min(STREAM_BYTES, maxStorageBufferBindingSize, maxBufferSize);
  const shape = [bytes / 4];
  const a = createTensor(gpu, 'peak a', shape, new Float32Array(bytes / 4).fill(1));
  const b = createTensor(gpu, 'peak b', shape, new Float32Array(bytes / 4).fill(2));
  const y = createTensor(gpu, 'peak y', shape);
  const count = bytes / 16;
  const contenders = [0, 1].flatMap((triad) =>
    [1, 4, 64, 256].map((perThread): Contender => ({
      by: `${triad === 1 ? 'a + 3·b' : 'copy'}, ${perThread} vec4f a thread`,
      launch: (p) => ({
        kernel: STREAM,
        constants: { WORKGROUP_SIZE: gpu.workgroupSize, COUNT: count, PER_THREAD: perThread, TRIAD: triad },
        bindings: [p.persistent(a), p.persistent(b), p.persistent(y)],
        groups: Math.ceil(count / (gpu.workgroupSize * perThread)),
      }),
      amount: (2 + triad) * bytes,
      expected: triad === 1 ? 7 : 1,
    })),
  );
  try {
    return await fastest(gpu, contenders, y, 'bytes');
  } finally {
    for (const { buffer } of [a, b, y]) buffer.destroy();
  }
}

/** Lets contenders take turns and returns the best. */
async function fastest(
  gpu: Gpu,
  contenders: readonly Contender[],
  output: Tensor,
  counts: keyof Work,
): Promise<Roof> {
  const entries: { readonly by: string; best: number }[] = [];
  const programs: Program[] = [];
  try {
    for (const { by, launch, amount, expected } of contenders) {
      const once = await build(gpu, launch, counts, amount, 1);
      await seconds(gpu, once); // compiles, on adapters that compile at the first dispatch
      const [got] = await readTensor(gpu, output, output.shape[0]! - 1, 1);
      entries.push({ by, best: amount / (await seconds(gpu, once)) });
      once.destroy();
      if (got !== expected)
        throw new KernelError(`peak of ${gpu.name}: ${by}: expected ${expected}, got ${got}`);
    }
    const first = Math.max(...entries.map(({ best }) => best));
    const rounds = [];
    for (const [i, { launch, amount }] of contenders.entries()) {
      const entry = entries[i]!;
      if (entry.best * HOPELESS < first) continue;
      const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.round((RUN_SECONDS * entry.best) / amount)));
      const program = await build(gpu, launch, counts, amount, repeats);
      programs.push(program);
      rounds.push({ entry, program, amount: repeats * amount });
    }
    for (let round = 0; round < ROUNDS; round++) {
      for (const { entry, program, amount } of rounds)
        entry.best = Math.max(entry.best, amount / (await seconds(gpu, program)));
    }
  } finally {
    for (const program of programs) program.destroy();
  }
  const { by, best } = entries.reduce((a, b) => (b.best > a.best ? b : a));
  return { perSecond: best, by, all: Object.fromEntries(entries.map((entry) => [entry.by, entry.best])) };
}

async function build(
  gpu: Gpu,
  launch: Contender['launch'],
  counts: keyof Work,
  amount: number,
  repeats: number,
): Promise<Program> {
  const p = new ProgramBuilder(gpu, 'peak');
  const cost = { flops: 0, bytes: 0, [counts]: amount };
  for (let i = 0; i < repeats; i++) p.dispatch({ ...launch(p), cost });
  return p.build();
}

async function seconds(gpu: Gpu, program: Program): Promise<number> {
  const started = performance.now();
  await program.run();
  await gpu.idle();
  return (performance.now() - started) / 1000;
}
