import { defineStudy } from '@monosema/trainer';
import study from './study.config.ts';

/** Features that are active on a vector. */
const TARGETS = [12, 24, 48];
/** Two dictionaries of each kind, which differ in their numbers and so in their random start. */
const SEEDS = [1, 2];

/** Every architecture and both penalties of JumpReLU, brought to the same L0. */
const KINDS = [
  (l0: number) => ({ architecture: 'paper', targetL0: l0 }) as const,
  (l0: number) => ({ architecture: 'april-2024', targetL0: l0 }) as const,
  (l0: number) => ({ architecture: 'topk', k: l0, learningRate: 2e-3 }) as const,
  (l0: number) => ({ architecture: 'batchtopk', k: l0, learningRate: 2e-3 }) as const,
  (l0: number) => ({ architecture: 'matryoshka', k: l0, learningRate: 2e-3 }) as const,
  (l0: number) => ({ architecture: 'gated', targetL0: l0 }) as const,
  (l0: number) => ({ architecture: 'jumprelu', penalty: 'tanh', targetL0: l0 }) as const,
  (l0: number) => ({ architecture: 'jumprelu', penalty: 'step', targetL0: l0 }) as const,
];

const list = KINDS.flatMap((kind) => TARGETS.flatMap((target) => SEEDS.map(() => kind(target)))).map(
  (options, i) => ({ id: `A/${i + 1}`, expansion: 4, ...options }),
);

/**
 * The demo's model with 48 dictionaries of 1,024 features side by side from one stream, 2,000 steps each: eight kinds at
 * three L0s, twice. `bench/pareto.ts` measures what came of it, L0 against explained variance and loss recovered; no
 * analysis is needed for that.
 */
export default defineStudy({
  ...study,
  name: 'pareto',
  transformer: { ...study.transformer, models: ['A'] },
  dictionaries: {
    ...study.dictionaries,
    vectors: 1_024_000,
    resampling: { ...study.dictionaries.resampling, windowVectors: 122_880 },
    list,
  },
});
