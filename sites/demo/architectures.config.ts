import { defineStudy } from '@monosema/trainer';
import study from './study.config.ts';

/**
 * The demo's model with eight dictionaries of one width, every architecture and both penalties of JumpReLU, at one L0 and
 * one learning rate, on eight times the demo's vectors: two thousand steps. docs/results.md has what came of it.
 */
export default defineStudy({
  ...study,
  name: 'architectures',
  transformer: { ...study.transformer, models: ['A'] },
  dictionaries: {
    ...study.dictionaries,
    vectors: 1_024_000,
    resampling: { ...study.dictionaries.resampling, windowVectors: 122_880 },
    list: [
      { id: 'A/1', expansion: 4, architecture: 'paper', targetL0: 24 },
      { id: 'A/2', expansion: 4, architecture: 'april-2024', targetL0: 24 },
      { id: 'A/3', expansion: 4, architecture: 'topk', k: 24, learningRate: 2e-3 },
      { id: 'A/4', expansion: 4, architecture: 'batchtopk', k: 24, learningRate: 2e-3 },
      { id: 'A/5', expansion: 4, architecture: 'matryoshka', k: 24, learningRate: 2e-3 },
      { id: 'A/6', expansion: 4, architecture: 'gated', targetL0: 24 },
      { id: 'A/7', expansion: 4, architecture: 'jumprelu', targetL0: 24 },
      { id: 'A/8', expansion: 4, architecture: 'jumprelu', penalty: 'step', targetL0: 24 },
    ],
  },
});
