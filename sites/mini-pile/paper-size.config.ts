import { defineStudy, small } from '@monosema/trainer';
import study from './study.config.ts';

/**
 * The same text with a transformer of the paper's size (width 128, 512 neurons) and dictionaries of one and eight features
 * a neuron, the paper's A/0 and A/1: for a GPU, where it takes some minutes. docs/results.md has what came of it.
 */
export default defineStudy({
  ...study,
  name: 'paper-size',
  tokenizer: { vocabulary: 4096, sampleBytes: 8_000_000 },
  transformer: { ...small.transformer, tokens: 49_152_000, batchContexts: 64 },
  dictionaries: {
    ...small.dictionaries,
    vectors: 32_768_000,
    bufferVectors: 262_144,
    learningRate: 1e-3,
    resampling: { atFractions: [0.15, 0.3, 0.45], windowVectors: 3_276_800, sampleVectors: 65_536 },
    list: [
      { id: 'A/0', expansion: 1, targetL0: 6 },
      { id: 'A/1', expansion: 8, targetL0: 8 },
      { id: 'B/1', expansion: 8, targetL0: 8 },
      { id: 'R/1', expansion: 8, targetL0: 8 },
    ],
  },
  analysis: { ...study.analysis, evaluationTokens: 65_536 },
});
