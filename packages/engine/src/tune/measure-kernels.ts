import type { Gpu } from '../device/gpu.ts';
import { KernelError, ShapeError } from '../errors.ts';
import type { Candidate } from '../ops/matmul/family.ts';
import { recordNaive } from '../ops/matmul/naive.ts';
import type { MatmulProblem } from '../ops/matmul/problem.ts';
import { ProgramBuilder } from '../program/builder.ts';
import type { Program } from '../program/program.ts';
import { readTensor } from '../tensor/tensor.ts';
import { race } from './race.ts';
import { Trial } from './trial.ts';
import type { Measurement } from './tuning.ts';

/** Kernels that are tried, those first that should be fastest. */
const MOST_KERNELS = 8;
/** A product is repeated for so long a time that submitting and waiting do not count. */
const RUN_SECONDS = 0.02;
const MOST_REPEATS = 64;

/** A kernel in the race. */
interface Runner {
  readonly program: Program;
  readonly repeats: number;
}

/**
 * Finds out which kernel computes a product fastest on an adapter. Each is first compared with the naive kernel, on
 * operands for which every order of adding gives the same bits; one that differs anywhere has no time. The first run
 * of each, which may compile it, does not count; then they take turns (race.ts).
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
    const candidates = kernels(trial.problem(new ProgramBuilder(gpu, 'names'))).map(({ name }) => name);
    const runners = new Map<string, Runner>();
    const wrong: string[] = [];
    for (const name of candidates.slice(0, MOST_KERNELS)) {
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
        runners.set(name, { program, repeats });
      } catch (error) {
        if (!(error instanceof KernelError || error instanceof ShapeError)) throw error;
        wrong.push(name);
      }
    }
    if (runners.size === 0)
      throw new KernelError(
        `internal: ${problem.label}: expected a kernel that agrees with the naive one on ${gpu.name}, got none of ${wrong.join(', ')}`,
      );
    const names = [...runners.keys()];
    const raced = await race(names, async (name) => {
      const { program, repeats } = runners.get(name)!;
      return (await seconds(program)) / repeats;
    });
    return { ...raced, suggested: names[0]!, wrong };
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
