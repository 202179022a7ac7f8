import { describe, expect, it } from 'vitest';
import { editDistance, keyPaths, nearestPath } from './key-paths.ts';
import { studySchema } from './schema.ts';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['flaw', 'lawn', 2],
    ['same', 'same', 0],
  ])('of %j and %j is %i', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });
});

describe('nearestPath', () => {
  const valid = keyPaths(studySchema);

  it('knows paths inside lists and below defaults', () => {
    expect(valid).toContain('dictionaries.list.*.l1Coefficient');
    expect(valid).toContain('transformer.adam.beta2');
    expect(valid).toContain('analysis.domains.*.corpusDomains');
  });

  it('prefers a neighbour to the same letters elsewhere', () => {
    expect(nearestPath(['dictionaries', 'learningrate'], valid)).toBe('dictionaries.learningRate');
    expect(nearestPath(['transformer', 'learning_rate'], valid)).toBe('transformer.learningRate');
  });

  it('finds a key that was put under the wrong parent', () => {
    expect(nearestPath(['tokenizer', 'batchContexts'], valid)).toBe('transformer.batchContexts');
  });

  it('keeps the number of a list item', () => {
    expect(nearestPath(['dictionaries', 'list', 2, 'expand'], valid)).toBe('dictionaries.list.2.expansion');
  });
});
