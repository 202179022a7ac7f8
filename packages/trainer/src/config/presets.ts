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

/**
 * The sizes of *Towards Monosemanticity* (Bricken et al. 2023): a one-layer transformer trained on 100 billion tokens, and
 * dictionaries of 1 to 256 features a neuron, each trained on a million batches of 8,192 vectors of which none comes twice.
 * What the paper leaves open (heads, context, learning rates) is as in replications; `lambda` is the paper's 0.004 in the
 * sum convention. docs/scale.md says what it takes.
 */
export const paper = {
  tokenizer: { vocabulary: 65_536, sampleBytes: 1_000_000_000 },
  transformer: {
    layers: 1,
    dModel: 128,
    heads: 4,
    dMlp: 512,
    context: 256,
    tokens: 100_000_000_000,
    batchContexts: 256,
    learningRate: 1e-3,
  },
  dictionaries: {
    vectors: 8_192_000_000,
    batch: 8192,
    positionsPerContext: 250,
    bufferVectors: 1_048_576,
    initialDensity: 0.005,
    learningRate: 3e-4,
    decayFraction: 0,
    resampling: {
      atFractions: [0.025, 0.05, 0.075, 0.1],
      windowVectors: 102_400_000,
      sampleVectors: 819_200,
    },
    list: [
      { id: 'A/0', expansion: 1, l1Coefficient: 2 },
      { id: 'A/1', expansion: 8, l1Coefficient: 2 },
      { id: 'A/2', expansion: 32, l1Coefficient: 2 },
      { id: 'A/3', expansion: 64, l1Coefficient: 2 },
      { id: 'A/4', expansion: 128, l1Coefficient: 2 },
      { id: 'A/5', expansion: 256, l1Coefficient: 2, directions: 'random' as const },
      { id: 'B/1', expansion: 8, l1Coefficient: 2 },
    ],
  },
  analysis: { evaluationTokens: 100_000_000, lossTokens: 1_048_576 },
};
