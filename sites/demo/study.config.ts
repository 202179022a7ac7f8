import { defineStudy, demo } from '@monosema/trainer';

export default defineStudy({
  ...demo,
  name: 'demo',
  seed: 1,
  corpus: { path: '../../corpus/tiny-pile', validationFraction: 0.18 },
  analysis: {
    ...demo.analysis,
    domains: [
      { name: 'Hebrew', corpusDomains: ['hebrew'], scripts: ['Hebrew'] },
      { name: 'Arabic or Persian', scripts: ['Arabic'] },
      { name: 'Korean', corpusDomains: ['korean'], scripts: ['Hangul'] },
      { name: 'Japanese kana', scripts: ['Hiragana', 'Katakana'] },
      { name: 'Russian', corpusDomains: ['russian'] },
      { name: 'DNA', corpusDomains: ['dna'] },
      { name: 'base64', corpusDomains: ['base64'] },
      { name: 'HTTP', corpusDomains: ['http'] },
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
      { name: 'JavaScript', corpusDomains: ['code-js-ts'] },
      { name: 'legal text', corpusDomains: ['legal'] },
    ],
  },
});
