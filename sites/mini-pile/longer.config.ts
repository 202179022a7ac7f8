import { defineStudy } from '@monosema/trainer';
import study from './study.config.ts';

/**
 * The same models with dictionaries that see four times the vectors, and one twice as wide as the widest: what a
 * dictionary's training lacks is told from what a model's does. docs/results.md has what came of it.
 */
export default defineStudy({
  ...study,
  name: 'longer-dictionaries',
  dictionaries: {
    ...study.dictionaries,
    vectors: 2_949_120,
    resampling: { atFractions: [0.3, 0.55], windowVectors: 368_640, sampleVectors: 16_384 },
    list: [
      ...study.dictionaries.list,
      { id: 'A/3', expansion: 16, l1Coefficient: 4, directions: 'random', resample: false },
    ],
  },
});
