import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { column, sourceOf } from '../testing/planted.ts';
import { textOf } from '../testing/planted-text.ts';
import { ExampleAssembler } from './assemble-examples.ts';
import { collectShown } from './shown-activations.ts';
import { surveyExamples } from './survey.ts';

const CONTEXT = 16;

test('a level that no activation is near has no examples, as all below the threshold of a JumpReLU', () => {
  const { text } = textOf([{ id: 'one', domain: null, text: 'abcdefgh '.repeat(400) }], CONTEXT);
  const uniform = uniforms(3);
  // Where it is active, the first feature is above 0.6; the second is anything.
  const dense = Array.from({ length: text.contexts.tokens }, () => [
    uniform() < 0.3 ? 0.6 + 0.4 * uniform() : 0,
    uniform() < 0.3 ? uniform() : 0,
  ]);
  const source = sourceOf('A/1', dense);
  const survey = surveyExamples(source, text, {
    topExamples: 3,
    examplesPerInterval: 2,
    histogramBins: 4,
    seed: 1,
  });
  const whole = (each: (feature: number, window: { start: number; end: number }) => void) => {
    for (let start = 0; start < dense.length; start += CONTEXT)
      for (const feature of [0, 1]) each(feature, { start, end: start + CONTEXT });
  };
  const shown = collectShown(source.entries, CONTEXT, whole, Float64Array.of(0, 0));
  const active = Float64Array.of(...[0, 1].map((j) => column(dense, j).filter((value) => value > 0).length));
  const assembler = new ExampleAssembler(survey, shown, active, text, {
    context: CONTEXT,
    window: 8,
    logitRadius: 1,
    measured: false,
  });
  const levels = (feature: number) => {
    const groups = assembler.groupsOf(feature, Math.max(...column(dense, feature)));
    return groups.flatMap(({ kind, level, activeTokens, examples }) =>
      kind === 'interval' ? [{ level, activeTokens, shown: examples.length }] : [],
    );
  };
  const [threshold, relu] = [levels(0), levels(1)];
  // Nothing lies below 0.55 of the largest.
  expect(threshold.slice(5).map(({ activeTokens, shown }) => [activeTokens, shown])).toEqual(
    Array.from({ length: 6 }, () => [0, 0]),
  );
  for (const { activeTokens, shown } of [...threshold.slice(0, 4), ...relu]) {
    expect(activeTokens).toBeGreaterThan(2);
    expect(shown).toBe(2);
  }
  // Nor are there any to explain the feature from, or to measure it at.
  expect(survey.tokensOf(0).levels.slice(5)).toEqual(Array.from({ length: 6 }, () => []));
});
