import type { Example } from '@monosema/trainer/records';
import { expect, test } from 'vitest';
import { addWeight, groupHtml, groupOf } from './example-groups.ts';
import { either } from './line.ts';
import type { Span } from './line.ts';
import { exampleItem, tokensHtml } from './example-lines.ts';
import { featureValues, valuesScript } from './feature-values.ts';
import { short } from './unit-values.ts';
import { vocabularyOf } from './vocabulary.ts';

const vocabulary = vocabularyOf(
  ['a', ' ', '<b>', 'ש', 'لا']
    .map((text) => Buffer.from(text).toString('base64'))
    .concat([[0xd7], [0xa9]].map((bytes) => Buffer.from(bytes).toString('base64'))),
);

function example(tokens: number[], values: Partial<Example> = {}): Example {
  return {
    tokens,
    activations: tokens.map(() => 0),
    lossChange: tokens.map(() => null),
    logitChanges: null,
    at: 0,
    document: 'd',
    domain: null,
    duplicate: false,
    ...values,
  };
}

const group = (examples: Example[]) => ({
  kind: 'interval' as const,
  level: 0,
  from: 0,
  to: 1,
  activeTokens: 1,
  examples,
});

test('active tokens carry their shade, and the centre is marked even when a window has nothing else', () => {
  const html = tokensHtml(vocabulary, example([0, 0, 2], { activations: [0, 5, 10], at: 2 }), 10);
  expect(html).toBe('<p data-v=[[[0,5]],[[2,10]]]>a<h->a</h-><b><j->&lt;b></j-></b>');
  expect(tokensHtml(vocabulary, example([1, 0]), 10, { values: 'apart' })).toBe(
    '<p><b><o-><s-> </s-></o-></b>a',
  );
});

test('tokens that only together are a character are one unit with the largest activation and the summed effect', () => {
  const html = tokensHtml(
    vocabulary,
    example([5, 6, 0], { activations: [1, 4, 0], lossChange: [0.1, 0.2, null], at: 1 }),
    4,
  );
  expect(html).toBe('<p data-v=[[[5,1,0.1],[6,4,0.2]]]><b><j-2>ש</j-2></b>a');
});

test('a line neither begins nor ends with a part of a character, but for the one it was chosen for', () => {
  const line = (tokens: number[], at: number, reach?: number): string =>
    tokensHtml(vocabulary, example(tokens, { at }), 1, {
      values: 'apart',
      ...(reach !== undefined && { reach }),
    });
  expect(line([6, 0, 0, 5], 1)).toBe('<p><b><o->a</o-></b>a');
  // A character is one step from the next, whatever tokens it is made of.
  expect(line([5, 6, 0, 0, 5, 6], 2, 1)).toBe('<p>ש<b><o->a</o-></b>a');
  expect(line([5, 6, 0, 0, 0, 5, 6], 3, 1)).toBe('<p>a<b><o->a</o-></b>a');
  expect(line([5, 6, 0, 0, 0, 5, 6], 3, 2)).toBe('<p>שa<b><o->a</o-></b>aש');
  expect(line([6, 0], 0)).toContain('\\xA9');
  expect(line([0, 6, 0], 0)).toContain('\\xA9');
});

test('effects are signed by their digit: helped, hurt, and too small to say', () => {
  const html = tokensHtml(
    vocabulary,
    example([0, 0, 0, 0], { lossChange: [0.6, -0.03, 0.001, null], at: 3 }),
    1,
  );
  expect(html).toContain('<o-3>a</o-3><o-4>a</o-4><o->a</o-><b><o->a</o-></b>');
});

test('a line reads from right to left when most of its letters do', () => {
  expect(tokensHtml(vocabulary, example([3, 4, 0]), 1)).toContain('<p dir=rtl');
  expect(tokensHtml(vocabulary, example([0, 0, 0, 3]), 1)).not.toContain('dir=');
});

test('the number beside a line is the effect at the token after the centre, and its source a domain if it has one', () => {
  const given = example([0, 0], { activations: [2, 0], lossChange: [null, -0.25] });
  expect(exampleItem(vocabulary, given, 2, { values: 'apart' })).toContain('<li>2.00<u>−0.25</u><i>d</i><p>');
  expect(exampleItem(vocabulary, { ...given, domain: 'x<' }, 2)).toContain('<i>x&lt;</i>');
  // What rounds to zero is neither help nor harm.
  expect(exampleItem(vocabulary, { ...given, lossChange: [null, -0.004] }, 2)).toContain('<em>0.00</em>');
});

/** More than any example here has. */
const widest = { top: either(9), others: either(9), topExamples: 5, examples: 5 };

test('what a group shows twice is one line that says so; the same text for another token is another line', () => {
  const one = example([0, 3], { activations: [3, 0], domain: 'x' });
  const again = { ...one, duplicate: true };
  const shown = groupOf(
    vocabulary,
    // The last shows what an earlier group has shown.
    group([one, again, { ...one, at: 1 }, again, example([2], { domain: 'y', duplicate: true })]),
    {
      id: 'i0',
      name: 'name',
      largest: 9,
      activeTokens: 5,
      widest,
    },
  );
  const html = groupHtml(shown, widest);
  expect(html.match(/<i>[^<]*/g)).toEqual(['<i>×3 x', '<i>x', '<i>y']);
});

test('a page cuts examples around their centres, and its values are those of the tokens it marks, in order', () => {
  const logits = { risen: [{ token: 2, change: 0.12345 }], fallen: [{ token: 1, change: -3 }] };
  const long = example([0, 0, 1, 5, 6, 0, 0], {
    activations: [9, 0, 0, 1, 2, 0, 0],
    lossChange: [null, 9, null, null, 0.5, null, null],
    logitChanges: [null, logits, null, null, logits, null, null],
    document: '</script>\u2028',
    at: 4,
  });
  const shown = groupOf(vocabulary, group([long]), {
    id: 'i0',
    name: 'name',
    largest: 9,
    activeTokens: 1,
    widest,
  });
  const reach = { top: either(0), others: either(1), topExamples: 1, examples: 5 };
  const html = groupHtml(shown, reach);
  const weigh = (others: Span): number => {
    const sum = { bytes: 0, text: 0, elements: 0, lines: 0, nodes: 0 };
    addWeight(sum, shown, { ...reach, others });
    return sum.bytes;
  };
  expect(html).toContain('<p> <b><e-3>ש</e-3></b>a</ol>');
  expect(weigh(reach.others)).toBe(Buffer.byteLength(html));
  expect(weigh(either(9))).toBeGreaterThan(Buffer.byteLength(html));
  const given: unknown[] = [];
  // oxlint-disable-next-line no-implied-eval, no-new-func
  new Function(
    'monosemaValues',
    valuesScript(new Map([[7, featureValues(vocabulary, [9, 0, 1], [shown], reach)]])),
  )((each: unknown) => given.push(each));
  expect(given.map((each) => (each as Record<string, unknown>)['7'])).toEqual([
    {
      counts: [9, 0, 1],
      names: ['<b>', ' '],
      lines: [
        [
          '</script>\u2028',
          [
            [
              [5, 1],
              [6, 2, 0.5, [0, 0.123], [1, -3]],
            ],
          ],
          '<j->a</j-><o-3>a</o-3>',
          'a',
        ],
      ],
    },
  ]);
});

test('values have three significant digits, whatever their size', () => {
  for (const value of [
    0, 1, 999.6, 1234.5, 123456, 99.94, 12.345, 9.999, 0.12345, 0.099999, 0.0123456, 0.00123456, 0.000123456,
    0.0000123456, 1.23456e-9,
  ]) {
    for (const signed of [value, -value]) {
      const said = Number(short(signed));
      expect(Math.abs(said - signed), `${signed} as ${said}`).toBeLessThanOrEqual(
        Math.abs(signed) * 0.005001,
      );
      expect(short(signed).length).toBeLessThanOrEqual(11);
    }
  }
});
