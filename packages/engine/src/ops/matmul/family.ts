import type { Gpu } from '../../device/gpu.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import type { MatmulProblem } from './problem.ts';

/** Kernels of one design for products, told apart by a configuration. */
export interface Family<Config> {
  readonly name: string;
  /** Configurations that compute a problem right on an adapter, those first that should be fastest; none where none does. */
  configs(gpu: Gpu, problem: MatmulProblem): readonly Config[];
  /** Names a configuration, in a few words that tell it from all others of the family. */
  describe(config: Config): string;
  record(p: ProgramBuilder, problem: MatmulProblem, config: Config): void;
}

/** One way to compute a problem: a family and a configuration. */
export interface Candidate {
  readonly name: string;
  readonly record: (p: ProgramBuilder) => void;
}

export function candidatesOf<Config>(family: Family<Config>, gpu: Gpu, problem: MatmulProblem): Candidate[] {
  return family.configs(gpu, problem).map((config) => ({
    name: `${family.name} ${family.describe(config)}`,
    record: (p) => family.record(p, problem, config),
  }));
}
