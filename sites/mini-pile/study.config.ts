import { defineStudy, demo } from '@monosema/trainer';

/**
 * The demo's recipe on 88 MB of text in 34 domains, at 24 times the tokens and six times the vectors. Parts of
 * that text may not be passed on, so it is not in the repository: unpack it into out/corpus/mini-pile, or say where it
 * is with --set corpus.path=FOLDER. docs/results.md has what came of it.
 */
export default defineStudy({
  name: 'mini-pile',
  seed: 1,
  corpus: { path: '../../out/corpus/mini-pile', validationFraction: 0.1 },
  tokenizer: { vocabulary: 2048, sampleBytes: 8_000_000 },
  transformer: { ...demo.transformer, tokens: 9_830_400, batchContexts: 8 },
  dictionaries: {
    ...demo.dictionaries,
    vectors: 737_280,
    bufferVectors: 32_768,
    resampling: { atFractions: [0.3, 0.55], windowVectors: 92_160, sampleVectors: 16_384 },
  },
  analysis: {
    evaluationTokens: 131_072,
    lossTokens: 32_768,
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
