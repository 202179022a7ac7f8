import { defineStudy } from '@monosema/trainer';
import study from './study.config.ts';

/**
 * The demo's model with seven dictionaries of one width, an architecture each, at about one L0: by k or by a target
 * where the architecture has either, and by a coefficient found by trial where it has not. docs/results.md has what
 * came of it.
 */
export default defineStudy({
  ...study,
  name: 'architectures',
  transformer: { ...study.transformer, models: ['A'] },
  dictionaries: {
    ...study.dictionaries,
    list: [
      { id: 'A/1', expansion: 4, architecture: 'paper', targetL0: 24 },
      { id: 'A/2', expansion: 4, architecture: 'april-2024', targetL0: 24 },
      { id: 'A/3', expansion: 4, architecture: 'topk', k: 24 },
      { id: 'A/4', expansion: 4, architecture: 'batchtopk', k: 24 },
      { id: 'A/5', expansion: 4, architecture: 'matryoshka', k: 24 },
      { id: 'A/6', expansion: 4, architecture: 'gated', targetL0: 24 },
      { id: 'A/7', expansion: 4, architecture: 'jumprelu', l0Coefficient: 1 },
    ],
  },
});
