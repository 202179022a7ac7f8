import { defineStudy, demo } from '@monosema/trainer';

/**
 * The demo's recipe on 88 MB of text in 34 domains, at eight times the tokens and five times the vectors: what two
 * cores do in an hour. Parts of that text may not be passed on, so it is not in the repository: unpack it into
 * out/corpus/mini-pile, or say where it is with --set corpus.path=FOLDER. docs/results.md has what came of it.
 */
export default defineStudy({
  name: 'mini-pile',
  seed: 1,
  corpus: { path: '../../out/corpus/mini-pile', validationFraction: 0.1 },
  tokenizer: { vocabulary: 2048, sampleBytes: 8_000_000 },
  transformer: {
    layers: 1,
    dModel: 96,
    heads: 4,
    dMlp: 384,
    context: 64,
    tokens: 2_457_600,
    batchContexts: 16,
    learningRate: 2e-3,
    adam: { beta2: 0.99 },
  },
  dictionaries: {
    ...demo.dictionaries,
    vectors: 614_400,
    bufferVectors: 65_536,
    initialDensity: 0.02,
    resampling: { atFractions: [0.25, 0.45, 0.65], windowVectors: 61_440, sampleVectors: 16_384 },
    list: [
      { id: 'A/0', expansion: 1, l1Coefficient: 9 },
      { id: 'A/1', expansion: 8, l1Coefficient: 6 },
      { id: 'A/2', expansion: 32, l1Coefficient: 5, directions: 'random', resample: false },
      { id: 'B/1', expansion: 8, l1Coefficient: 6 },
    ],
  },
  analysis: {
    evaluationTokens: 262_144,
    lossTokens: 65_536,
    window: 24,
    domains: [
      { name: 'Hebrew', corpusDomains: ['hebrew'], scripts: ['Hebrew'] },
      { name: 'Arabic or Persian', scripts: ['Arabic'] },
      { name: 'Korean', corpusDomains: ['korean'], scripts: ['Hangul'] },
      { name: 'Japanese kana', scripts: ['Hiragana', 'Katakana'] },
      { name: 'Chinese', corpusDomains: ['chinese'] },
      { name: 'Bengali', scripts: ['Bengali'] },
      { name: 'Greek', scripts: ['Greek'] },
      { name: 'Russian', corpusDomains: ['russian'] },
      { name: 'DNA', corpusDomains: ['dna'] },
      { name: 'base64', corpusDomains: ['base64'] },
      { name: 'HTTP', corpusDomains: ['http'] },
      { name: 'LaTeX', corpusDomains: ['latex'] },
      { name: 'HTML and XML', corpusDomains: ['html-xml'] },
      {
        name: 'code',
        corpusDomains: [
          'code-c-cpp',
          'code-java-kt',
          'code-js-ts',
          'code-objc',
          'code-python',
          'code-solidity',
          'css-scss',
        ],
      },
      { name: 'Python', corpusDomains: ['code-python'] },
      { name: 'email', corpusDomains: ['email'] },
      { name: 'legal text', corpusDomains: ['legal'] },
      { name: 'the Bible', corpusDomains: ['en-bible'] },
    ],
  },
});
