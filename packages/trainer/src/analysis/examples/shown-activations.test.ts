import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { entriesOf, randomActivations } from '../testing/planted.ts';
import { collectShown } from './shown-activations.ts';
import { LOGITS, LOSS } from './wanted.ts';
import { nearby, type Window } from './window.ts';

const CONTEXT = 16;

test('activations on the windows, and on the token before each, are kept; changes of the loss are wanted where the next token shows, of logits where it is near', () => {
  const dense = randomActivations(10 * CONTEXT, [0.5, 0.5, 1], uniforms(4));
  const windows: [number, Window][] = [
    [0, { start: 4, end: 8 }],
    [0, { start: 32, end: 36 }],
    // Two of one context are kept as one stretch.
    [1, { start: 50, end: 53 }],
    [1, { start: 58, end: 60 }],
    [2, { start: 64, end: 80 }],
  ];
  const stretches: [number, Window][] = [...windows.slice(0, 2), [1, { start: 50, end: 60 }], windows[4]!];
  // The second feature's is an activation of its own.
  const thresholds = Float64Array.of(1.5, dense.find((row) => row[1]! > 0)![1]!, Infinity);
  const shown = collectShown(
    entriesOf(dense),
    CONTEXT,
    (each) =>
      windows.forEach(([feature, window]) => each(feature, window, nearby(window, window.start + 1, 1))),
    thresholds,
  );
  const wanted: [number, number, number, number][] = [];
  dense.forEach((row, token) => {
    row.forEach((value, feature) => {
      const sameContext = (other: number) => Math.floor(other / CONTEXT) === Math.floor(token / CONTEXT);
      const stretch = stretches.find(
        ([of, { start, end }]) => of === feature && sameContext(start) && token >= start - 1 && token < end,
      );
      if (stretch !== undefined && value > 0) {
        const { start, end } = stretch[1];
        // Of the two windows that are one stretch, what is near reaches from that of the first to that of the second.
        const nearEnd = feature === 1 ? 60 : start + 3;
        const near = token + 1 >= start && token + 1 < nearEnd;
        wanted.push([token, feature, value, near ? LOGITS : token + 1 < end ? LOSS : 0]);
      }
    });
  });
  const found = Array.from(shown.tokens, (token, i) => [
    token,
    shown.features[i],
    shown.values[i],
    shown.wanted[i],
  ]);
  expect(found).toEqual(wanted);
  expect(shown.lossChanges.every((change) => Number.isNaN(change))).toBe(true);
  expect([...shown.above]).toEqual(
    [0, 1, 2].map((j) => dense.filter((row) => row[j]! >= thresholds[j]!).length),
  );
});
