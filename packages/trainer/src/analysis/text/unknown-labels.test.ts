import { expect, test } from 'vitest';
import { checkStudy } from '../../config/check-study.ts';
import { unknownLabels } from './unknown-labels.ts';

const { analysis } = checkStudy({
  name: 'x',
  corpus: { path: 'text' },
  analysis: {
    domains: [
      { name: 'Hebrew', corpusDomains: ['herbew'], scripts: ['Hebrew'] },
      { name: 'code', corpusDomains: ['c', 'java'] },
    ],
  },
});

test('labels that no document has are told with those that there are', () => {
  expect(unknownLabels(analysis, ['java', null, 'hebrew', 'c'])).toBe(
    'analysis.domains: expected labels of the corpus (c, hebrew, java), got "herbew", which no document has; it counts as nothing',
  );
  expect(unknownLabels(analysis, [null])).toContain('(it has none), got "herbew", "c", "java"');
  expect(unknownLabels(analysis, ['herbew', 'c', 'java'])).toBeNull();
});

test('of a corpus with a label for every document a dozen are named', () => {
  const labels = Array.from({ length: 100 }, (_, i) => `page ${i + 100}`);
  expect(unknownLabels(analysis, labels)).toContain('page 111 and 88 more), got');
});
