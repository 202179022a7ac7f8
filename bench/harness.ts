import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import type { Gpu, Program } from '@monosema/engine';

/** One way to do what others in the same comparison do too. */
export interface Candidate {
  readonly name: string;
  readonly program: Program;
  readonly scalars: Readonly<Record<string, number>>;
  /** Throws unless the program, which has just run, computed what it should. */
  readonly check: () => Promise<void>;
}

export interface Timing {
  readonly candidate: string;
  /** GPU time of one run: the median over rounds of the sum over its kernels. */
  readonly milliseconds: number;
  /** Of the fastest and the slowest round. */
  readonly range: readonly [number, number];
  readonly rounds: number;
}

/** A comparison ends after this many rounds, or when it has taken long enough and had the fewest. */
const ROUNDS = { most: 9, fewest: 3, afterSeconds: 6 };

/**
 * Times candidates against each other by the GPU's own clock. Each is checked first: a wrong result has no time.
 * Rounds are interleaved, so that whatever else the machine does falls on all of them alike.
 */
export async function compare(gpu: Gpu, candidates: readonly Candidate[]): Promise<Timing[]> {
  for (const { program, scalars, check } of candidates) {
    await program.run(scalars);
    await gpu.idle();
    await check();
  }
  const times = candidates.map((): number[] => []);
  const started = performance.now();
  const tired = (): boolean => performance.now() - started > 1000 * ROUNDS.afterSeconds;
  let rounds = 0;
  while (rounds < ROUNDS.fewest || (rounds < ROUNDS.most && !tired())) {
    rounds += 1;
    for (const [i, { program, scalars }] of candidates.entries()) {
      const kernels = await program.profile(scalars);
      times[i]!.push(kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
    }
  }
  return candidates.map(({ name }, i) => {
    const sorted = times[i]!.toSorted((a, b) => a - b);
    const range = [rounded(sorted[0]!), rounded(sorted.at(-1)!)] as const;
    return { candidate: name, milliseconds: rounded(sorted[Math.floor(rounds / 2)]!), range, rounds };
  });
}

const rounded = (milliseconds: number): number => Number(milliseconds.toPrecision(4));

/** Writes results/NAME.json: the timings, and what they were measured with. */
export function writeResults(
  name: string,
  gpu: Gpu,
  loadAtStart: number,
  results: readonly Readonly<Record<string, unknown>>[],
): void {
  const cwd = join(import.meta.dirname, '..');
  const git = (...words: string[]): string => execFileSync('git', words, { cwd, encoding: 'utf8' }).trim();
  const report = {
    bench: name,
    adapter: { name: gpu.name, driver: gpu.driver, class: gpu.adapterClass },
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD'),
    uncommittedEngine: git('status', '--short', 'packages/engine/src').length > 0,
    // Of the machine over a minute, before and after: on a software adapter, what else ran shares its cores.
    load: [loadAtStart, currentLoad()],
    results,
  };
  const file = join(import.meta.dirname, 'results', `${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  process.stderr.write(`${file}\n`);
}

/** Load of the machine over the last minute. */
export function currentLoad(): number {
  return Number(loadavg()[0]!.toFixed(2));
}
