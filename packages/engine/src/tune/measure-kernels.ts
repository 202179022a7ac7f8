import type { Gpu } from '../device/gpu.ts';
import { KernelError, ShapeError } from '../errors.ts';
import type { Candidate } from '../ops/matmul/family.ts';
import { recordNaive } from '../ops/matmul/naive.ts';
import type { MatmulProblem } from '../ops/matmul/problem.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { readTensor } from '../tensor/tensor.ts';
import { Trial } from './trial.ts';
import type { Measurement } from './tuning.ts';

/** Kernels that are tried, those first that should be fastest. */
const MOST_KERNELS = 8;
const ROUNDS = 5;
/** After so many rounds, kernels this much slower than the best are out of the race. */
const FIRST_ROUNDS = 2;
const BEHIND = 1.2;
/** How much faster than the kernel that should be fastest another must be to take its place. */
const WORTH = 0.97;
/** A product is repeated for so long a time that submitting and waiting do not count. */
const RUN_SECONDS = 0.02;
const MOST_REPEATS = 64;

/** A kernel in the race. */
interface Runner {
  readonly name: string;
  readonly program: Program;
  readonly repeats: number;
  readonly seconds: number[];
}

/**
 * Finds out which kernel computes a product fastest on an adapter. Each is first compared with the naive kernel, on
 * operands for which every order of adding gives the same bits; one that differs anywhere has no time. The first run
 * of each, which may compile it, does not count; then they take turns, and the median of the rounds decides.
 *
 * @param kernels that compute a problem, those first that should be fastest
 * @throws {KernelError} if none of them is right
 */
export async function measureKernels(
  gpu: Gpu,
  problem: MatmulProblem,
  kernels: (problem: MatmulProblem) => readonly Candidate[],
): Promise<Measurement> {
  await gpu.idle();
  const { profiler, trapsNonFinite } = gpu;
  gpu.profiler = null;
  gpu.trapsNonFinite = false;
  const trial = new Trial(gpu, problem);
  const programs: Program[] = [];
  const build = async (record: Candidate['record'] | null, repeats = 1): Promise<Program> => {
    const p = new ProgramBuilder(gpu, 'kernels for a product');
    for (let i = 0; i < repeats; i++) (record ?? ((q) => recordNaive(q, trial.problem(q))))(p);
    const program = await p.build();
    programs.push(program);
    return program;
  };
  const result = async (program: Program): Promise<ArrayLike<number>> => {
    trial.reset();
    await program.run(trial.scalars);
    return readTensor(gpu, trial.out);
  };
  const seconds = async (program: Program): Promise<number> => {
    const started = performance.now();
    await program.run(trial.scalars);
    await gpu.idle();
    return (performance.now() - started) / 1000;
  };
  try {
    const want = await result(await build(null));
    const names = kernels(trial.problem(new ProgramBuilder(gpu, 'names'))).map(({ name }) => name);
    const runners: Runner[] = [];
    const wrong: string[] = [];
    for (const name of names.slice(0, MOST_KERNELS)) {
      const record = (p: ProgramBuilder): void =>
        kernels(trial.problem(p))
          .find((kernel) => kernel.name === name)!
          .record(p);
      try {
        const once = await build(record);
        if (differs(await result(once), want)) {
          wrong.push(name);
          continue;
        }
        const repeats = Math.min(MOST_REPEATS, Math.max(1, Math.round(RUN_SECONDS / (await seconds(once)))));
        const program = repeats === 1 ? once : await build(record, repeats);
        await seconds(program);
        runners.push({ name, program, repeats, seconds: [] });
      } catch (error) {
        if (!(error instanceof KernelError || error instanceof ShapeError)) throw error;
        wrong.push(name);
      }
    }
    if (runners.length === 0)
      throw new KernelError(
        `internal: ${problem.label}: expected a kernel that agrees with the naive one on ${gpu.name}, got none of ${wrong.join(', ')}`,
      );
    return { ...(await race(runners, seconds)), wrong };
  } finally {
    for (const program of programs) program.destroy();
    trial.destroy();
    gpu.profiler = profiler;
    gpu.trapsNonFinite = trapsNonFinite;
  }
}

/** True unless every element is the same number; where neither wrote, both are NaN. */
function differs(got: ArrayLike<number>, want: ArrayLike<number>): boolean {
  for (let i = 0; i < want.length; i++) {
    const [a, b] = [got[i]!, want[i]!];
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) return true;
  }
  return false;
}

async function race(
  runners: readonly Runner[],
  seconds: (program: Program) => Promise<number>,
): Promise<Omit<Measurement, 'wrong'>> {
  const best = ({ seconds: times }: Runner): number => Math.min(...times);
  for (let round = 0; round < ROUNDS; round++) {
    const limit = round < FIRST_ROUNDS ? Infinity : BEHIND * Math.min(...runners.map(best));
    for (const runner of runners) {
      if (round >= FIRST_ROUNDS && best(runner) > limit) continue;
      runner.seconds.push((await seconds(runner.program)) / runner.repeats);
    }
  }
  const medians = runners.map(({ seconds: times }) => median(times));
  const fastest = Math.min(...medians);
  // The sooner a kernel comes the better, unless another is faster by more than chance.
  const chosen = medians.findIndex((time) => fastest > WORTH * time || time === fastest);
  const milliseconds = runners.map(({ name }, i) => [name, Number((1000 * medians[i]!).toPrecision(4))]);
  return { choice: runners[chosen]!.name, milliseconds: Object.fromEntries(milliseconds) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
