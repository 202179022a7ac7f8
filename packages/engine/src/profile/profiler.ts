import type { Gpu } from '../device/gpu.ts';
import type { Work } from '../program/cost.ts';
import { requireTimestamps, type KernelTime } from '../program/profile.ts';

/** What runs of a program did with one op. */
export interface OpTotals {
  readonly dispatches: number;
  readonly milliseconds: number;
  /** null if a dispatch among them does not know what it cost */
  readonly work: Work | null;
}

/** A program over all its runs, estimated from those that were sampled. */
export interface ProgramTotals {
  readonly program: string;
  readonly runs: number;
  readonly sampled: number;
  /** By the labels of kernels. */
  readonly ops: ReadonlyMap<string, OpTotals>;
}

/** What the host spends time on: stages of a run, building programs, waiting for the GPU. */
export type HostTrack = 'stages' | 'builds' | 'waits';

/** Something that the host did, and how long it took altogether. */
export interface HostTotals {
  readonly track: HostTrack;
  readonly name: string;
  readonly count: number;
  readonly milliseconds: number;
}

/** Takes what happens as it happens; times are milliseconds of performance.now(). */
export interface TraceSink {
  dispatch(program: string, kernel: KernelTime, started: number): void;
  span(track: HostTrack, name: string, started: number, ended: number): void;
}

/** The first runs of each program are sampled, and then every so many. */
export const SAMPLING = { first: 4, every: 16 } as const;

/** The same program may run a million times: a trace shows the first of its sampled runs, and of other things. */
const TRACED_RUNS = 32;
const TRACED_SPANS = 1000;

interface Sampled {
  runs: number;
  sampled: number;
  /** Number of the run that was sampled last. */
  last: number;
  ops: Map<string, OpTotals>;
}

/**
 * Collects where the time goes while programs run on the GPU that it is attached to. A sampled run is timed dispatch
 * by dispatch and waited for; it computes the same bytes. What is kept does not grow with the number of runs.
 */
export class Profiler {
  readonly #programs = new Map<string, Sampled>();
  readonly #host = new Map<string, HostTotals>();
  readonly #open = new Map<HostTrack, { depth: number; name: string; started: number }>();
  readonly #trace: TraceSink | null;
  /** What to add to the GPU's clock for the host's; the end of a run is seen late, so the least is nearest. */
  #clockOffset = Infinity;

  constructor(trace: TraceSink | null = null) {
    this.#trace = trace;
  }

  /** Watches a GPU's programs from now on. @throws {DeviceError} if the adapter has no timestamps */
  attach(gpu: Gpu): void {
    requireTimestamps(gpu);
    gpu.profiler = this;
  }

  /** Counts a run, and says whether to sample it. */
  begins(program: string): boolean {
    let totals = this.#programs.get(program);
    if (totals === undefined)
      this.#programs.set(program, (totals = { runs: 0, sampled: 0, last: 0, ops: new Map() }));
    totals.runs += 1;
    return totals.runs <= SAMPLING.first || totals.runs % SAMPLING.every === 0;
  }

  /**
   * Takes the run that was counted last. It stands for itself and those since the sample before it; the first stands
   * for nothing once there is a second, because some adapters compile in it.
   */
  sampled(program: string, kernels: readonly KernelTime[], ended: number): void {
    const totals = this.#programs.get(program)!;
    if (totals.sampled === 1) {
      totals.ops.clear();
      totals.last = 0;
    }
    const weight = totals.runs - totals.last;
    totals.sampled += 1;
    totals.last = totals.runs;
    for (const { label, milliseconds, work } of kernels)
      totals.ops.set(label, added(totals.ops.get(label), { dispatches: 1, milliseconds, work }, weight));
    const end = kernels.at(-1);
    if (end === undefined || this.#trace === null || totals.sampled > TRACED_RUNS) return;
    this.#clockOffset = Math.min(this.#clockOffset, ended - (end.started + end.milliseconds));
    for (const kernel of kernels) this.#trace.dispatch(program, kernel, kernel.started + this.#clockOffset);
  }

  /**
   * Says that the host begins something, and returns how to say that it has ended. What overlaps on one track counts
   * as one, by the name that began first.
   */
  enter(track: HostTrack, name: string): () => void {
    let open = this.#open.get(track);
    if (open === undefined) this.#open.set(track, (open = { depth: 0, name, started: performance.now() }));
    open.depth += 1;
    return () => {
      open.depth -= 1;
      if (open.depth > 0) return;
      this.#open.delete(track);
      const ended = performance.now();
      const key = `${track} ${open.name}`;
      const { count = 0, milliseconds = 0 } = this.#host.get(key) ?? {};
      this.#host.set(key, {
        track,
        name: open.name,
        count: count + 1,
        milliseconds: milliseconds + ended - open.started,
      });
      if (count < TRACED_SPANS) this.#trace?.span(track, open.name, open.started, ended);
    };
  }

  /** Every program that ran, with what its sampled runs say of all of them. */
  programs(): ProgramTotals[] {
    return [...this.#programs].map(([program, { runs, sampled, last, ops }]) => ({
      program,
      runs,
      sampled,
      ops: new Map([...ops].map(([op, totals]) => [op, scaled(totals, last === 0 ? 1 : runs / last)])),
    }));
  }

  host(): HostTotals[] {
    return [...this.#host.values()];
  }
}

function added(known: OpTotals | undefined, one: OpTotals, weight: number): OpTotals {
  const more = scaled(one, weight);
  if (known === undefined) return more;
  return {
    dispatches: known.dispatches + more.dispatches,
    milliseconds: known.milliseconds + more.milliseconds,
    work:
      known.work === null || more.work === null
        ? null
        : { flops: known.work.flops + more.work.flops, bytes: known.work.bytes + more.work.bytes },
  };
}

function scaled({ dispatches, milliseconds, work }: OpTotals, factor: number): OpTotals {
  return {
    dispatches: dispatches * factor,
    milliseconds: milliseconds * factor,
    work: work === null ? null : { flops: work.flops * factor, bytes: work.bytes * factor },
  };
}
