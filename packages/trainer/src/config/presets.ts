/**
 * A study that two cores without a GPU finish in minutes. The sizes that a configuration leaves out are these; what
 * else is set here is tuned to so small a study, and differs from the schema's defaults.
 */
export const demo = {
  tokenizer: { vocabulary: 1024, sampleBytes: 2_000_000 },
  transformer: {
    layers: 1,
    dModel: 64,
    heads: 4,
    dMlp: 256,
    context: 64,
    tokens: 409_600,
    batchContexts: 4,
    learningRate: 2e-3,
    adam: { beta2: 0.99 },
  },
  dictionaries: {
    vectors: 122_880,
    batch: 512,
    positionsPerContext: 32,
    bufferVectors: 16_384,
    initialDensity: 0.03,
    learningRate: 2e-3,
    decayFraction: 0.3,
    resampling: { atFractions: [0.3, 0.55], windowVectors: 15_360, sampleVectors: 8_192 },
    list: [
      { id: 'A/0', expansion: 1, l1Coefficient: 8 },
      { id: 'A/1', expansion: 4, l1Coefficient: 5 },
      { id: 'A/2', expansion: 8, l1Coefficient: 4, directions: 'random' as const, resample: false },
      { id: 'B/1', expansion: 4, l1Coefficient: 5 },
      { id: 'R/1', expansion: 4, l1Coefficient: 5 },
    ],
  },
  analysis: {
    evaluationTokens: 65_536,
    lossTokens: 16_384,
    topExamples: 12,
    examplesPerInterval: 5,
    window: 24,
    logitRadius: 1,
  },
};

/** The sizes of a study for one GPU and some hundred megabytes of text: the paper's model widths. Its running time has not been measured. */
export const small = {
  tokenizer: { vocabulary: 8192, sampleBytes: 32_000_000 },
  transformer: {
    layers: 1,
    dModel: 128,
    heads: 4,
    dMlp: 512,
    context: 128,
    tokens: 100_000_000,
    batchContexts: 128,
    learningRate: 2e-3,
  },
  dictionaries: {
    vectors: 50_000_000,
    batch: 4096,
    positionsPerContext: 64,
    bufferVectors: 524_288,
    initialDensity: 0.01,
    learningRate: 5e-4,
    resampling: { atFractions: [0.2, 0.4, 0.6], windowVectors: 5_000_000, sampleVectors: 409_600 },
    list: [
      { id: 'A/0', expansion: 1, l1Coefficient: 4 },
      { id: 'A/1', expansion: 8, l1Coefficient: 4 },
      { id: 'A/2', expansion: 32, l1Coefficient: 4, directions: 'random' as const },
      { id: 'B/1', expansion: 8, l1Coefficient: 4 },
      { id: 'R/1', expansion: 8, l1Coefficient: 4 },
    ],
  },
  analysis: { evaluationTokens: 2_000_000, lossTokens: 131_072 },
};
