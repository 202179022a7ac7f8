import type { Gpu } from '../device/gpu.ts';
import { KernelError, ProgramError, ShapeError } from '../errors.ts';
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

/** A kernel in the race: a program that computes the product so many times. */
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
  const course = new Course(gpu, problem);
  try {
    const want = await course.result(await course.build((p, product) => recordNaive(p, product)));
    const runners = new Map<string, Runner>();
    const wrong: string[] = [];
    for (const name of course.names(kernels).slice(0, MOST_KERNELS)) {
      const runner = await course.runner(
        (p, product) =>
          kernels(product)
            .find((kernel) => kernel.name === name)!
            .record(p),
        want,
      );
      if (runner === null) wrong.push(name);
      else runners.set(name, runner);
    }
    if (runners.size === 0)
      throw new KernelError(
        `${problem.label}: expected a kernel that agrees with the naive one on ${gpu.name}, got none of ${wrong.join(', ')}`,
      );
    const names = [...runners.keys()];
    const raced = await race(names, async (name) => {
      const { program, repeats } = runners.get(name)!;
      return (await course.seconds(program)) / repeats;
    });
    return { ...raced, suggested: names[0]!, wrong };
  } finally {
    course.destroy();
    gpu.profiler = profiler;
    gpu.trapsNonFinite = trapsNonFinite;
  }
}

/** What all kernels for one product run on, and how each is judged. */
class Course {
  readonly #gpu: Gpu;
  readonly #trial: Trial;
  readonly #programs: Program[] = [];

  constructor(gpu: Gpu, problem: MatmulProblem) {
    this.#gpu = gpu;
    this.#trial = new Trial(gpu, problem);
  }

  /** Names of the kernels for what is tried, which may be smaller than the product, those first that should be fastest. */
  names(kernels: (problem: MatmulProblem) => readonly Candidate[]): string[] {
    return kernels(this.#trial.problem(new ProgramBuilder(this.#gpu, 'names'))).map(({ name }) => name);
  }

  /** A program that computes the product so many times. */
  async build(record: (p: ProgramBuilder, product: MatmulProblem) => void, repeats = 1): Promise<Program> {
    const p = new ProgramBuilder(this.#gpu, 'kernels for a product');
    for (let i = 0; i < repeats; i++) record(p, this.#trial.problem(p));
    const program = await p.build();
    this.#programs.push(program);
    return program;
  }

  async result(program: Program): Promise<ArrayLike<number>> {
    this.#trial.reset();
    await program.run(this.#trial.scalars);
    return readTensor(this.#gpu, this.#trial.out);
  }

  async seconds(program: Program): Promise<number> {
    const started = performance.now();
    await program.run(this.#trial.scalars);
    await this.#gpu.idle();
    return (performance.now() - started) / 1000;
  }

  /** A kernel ready for the race; null where it cannot be recorded, does not compile, or differs from what is wanted. */
  async runner(
    record: (p: ProgramBuilder, product: MatmulProblem) => void,
    want: ArrayLike<number>,
  ): Promise<Runner | null> {
    try {
      const once = await this.build(record);
      if (differs(await this.result(once), want)) return null;
      const repeats = Math.min(
        MOST_REPEATS,
        Math.max(1, Math.round(RUN_SECONDS / (await this.seconds(once)))),
      );
      const program = repeats === 1 ? once : await this.build(record, repeats);
      await this.seconds(program);
      return { program, repeats };
    } catch (error) {
      if (error instanceof KernelError || error instanceof ProgramError || error instanceof ShapeError)
        return null;
      throw error;
    }
  }

  destroy(): void {
    for (const program of this.#programs) program.destroy();
    this.#trial.destroy();
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
