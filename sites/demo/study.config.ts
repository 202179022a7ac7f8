import { defineStudy, demo } from '@monosema/trainer';

export default defineStudy({
  ...demo,
  name: 'demo',
  seed: 1,
  corpus: { path: '../../corpus/tiny-pile', validationFraction: 0.15 },
  analysis: {
    ...demo.analysis,
    domains: [
      { name: 'Hebrew', corpusDomains: ['hebrew'] },
      { name: 'Korean', corpusDomains: ['korean'] },
      { name: 'Japanese', corpusDomains: ['japanese'] },
      { name: 'Chinese', corpusDomains: ['chinese'] },
      { name: 'Russian', corpusDomains: ['russian'] },
      { name: 'DNA', corpusDomains: ['dna'] },
      { name: 'base64', corpusDomains: ['base64'] },
      { name: 'HTTP', corpusDomains: ['http'] },
      { name: 'Python', corpusDomains: ['code-python'] },
      { name: 'JavaScript', corpusDomains: ['code-js-ts'] },
      {
        name: 'code',
        corpusDomains: [
          'code-python',
          'code-js-ts',
          'code-c-cpp',
          'code-java-kt',
          'code-objc',
          'code-solidity',
          'css-scss',
        ],
      },
      { name: 'legal text', corpusDomains: ['legal'] },
    ],
  },
});
