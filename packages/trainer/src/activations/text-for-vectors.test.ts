import { expect, it } from 'vitest';
import { checkStudy } from '../config/check-study.ts';
import { checkText } from './text-for-vectors.ts';

const studyOf = (dictionaries: object) =>
  checkStudy({
    name: 's',
    corpus: { path: 'c' },
    transformer: { context: 64 },
    dictionaries: {
      vectors: 1024,
      batch: 128,
      bufferVectors: 256,
      positionsPerContext: 16,
      list: [{ id: 'A/1', expansion: 1, l1Coefficient: 1 }],
      ...dictionaries,
    },
  });

it('text that has every vector once and fills the buffer is enough, a token less is not', () => {
  // 20 contexts of 64 positions, and the token after the last.
  checkText(studyOf({}), 20 * 64 + 1);
  expect(() => checkText(studyOf({}), 20 * 64)).toThrow(
    'train-dictionary A: expected text for 1280 vectors used once each, got 1216 of 1280 training tokens; lower dictionaries.vectors or dictionaries.bufferVectors, raise dictionaries.positionsPerContext, or add text',
  );
});

it('positions that do not divide a context leave some of it unused', () => {
  expect(() => checkText(studyOf({ positionsPerContext: 48 }), 20 * 64 + 1)).toThrow('got 960 of 1281');
});

it('dictionaries that are trained from files, or not at all, need no text', () => {
  checkText(studyOf({ list: [], imports: [{ id: 'A/1', path: 'x' }] }), 1);
  checkText(studyOf({ shards: [{ model: 'A', path: 'x' }] }), 1);
});
