import { expect, test } from 'vitest';
import { runFolder } from './artefacts/run-folder.ts';
import { checkStudy } from './config/check-study.ts';
import { planStudy } from './plan-study.ts';

const planOf = (ids: readonly string[]) => {
  const list = ids.map((id) => ({ id, expansion: 2, l1Coefficient: 1 }));
  const study = checkStudy({ name: 's', corpus: { path: 'c' }, dictionaries: { list } });
  return new Map(planStudy(study, runFolder('out')).map((stage) => [stage.name, stage.inputs]));
};

test('the control is the first model, shuffled, and its dictionary is trained like any other', () => {
  const plan = planOf(['A/1', 'B/1', 'R/1']);
  expect([...plan.keys()]).toEqual([
    'tokenize',
    'train-model A',
    'train-model B',
    'shuffle-model R',
    'train-dictionary A',
    'train-dictionary B',
    'train-dictionary R',
    'analyze',
  ]);
  expect(plan.get('shuffle-model R')).toEqual(['tokenize', 'train-model A']);
  expect(plan.get('train-dictionary R')).toEqual(['tokenize', 'shuffle-model R']);
});

test('where no dictionary of it is listed there is no control', () => {
  expect([...planOf(['A/1']).keys()]).not.toContain('shuffle-model R');
});

test('a model cannot have the letter of the control', () => {
  const study = { name: 's', corpus: { path: 'c' }, transformer: { models: ['A', 'R'] } };
  expect(() => checkStudy(study)).toThrow(
    /models: expected letters other than R, which stands for the control/,
  );
});
