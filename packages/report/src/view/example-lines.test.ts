import type { Example } from '@monosema/trainer/records';
import { expect, test } from 'vitest';
import { exampleItem, tokensHtml } from './example-lines.ts';
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

test('active tokens carry their shade, and the centre is marked even when a window has nothing else', () => {
  const html = tokensHtml(vocabulary, example([0, 0, 2], { activations: [0, 5, 10], at: 2 }), 10);
  expect(html).toBe('<p class=tk data-v="0:5: 2:10:">a<b class=a8>a</b><b class="a10 at">&lt;b&gt;</b>');
});

test('tokens that only together are a character are one unit with the largest activation and the summed effect', () => {
  const html = tokensHtml(
    vocabulary,
    example([5, 6, 0], { activations: [1, 4, 0], lossChange: [0.1, 0.2, null], at: 1 }),
    4,
  );
  expect(html).toBe('<p class=tk data-v="5+6:1+4:.1+.2"><b class="a10 h2 at">ש</b>a');
});

test('effects are signed by class: helped, hurt, and too small to say', () => {
  const html = tokensHtml(
    vocabulary,
    example([0, 0, 0, 0], { lossChange: [0.6, -0.03, 0.001, null], at: 3 }),
    1,
  );
  expect(html).toContain('<b class=h3>a</b><b class=u1>a</b><b>a</b><b class=at>a</b>');
});

test('a line reads from right to left when most of its letters do', () => {
  expect(tokensHtml(vocabulary, example([3, 4, 0]), 1)).toContain('<p class=tk dir=rtl');
  expect(tokensHtml(vocabulary, example([0, 0, 0, 3]), 1)).not.toContain('dir=');
});

test('the number beside a line is the effect at the token after the centre', () => {
  const item = exampleItem(
    vocabulary,
    example([0, 0], { activations: [2, 0], lossChange: [null, -0.25] }),
    2,
  );
  expect(item).toContain('<li><b>2.00</b><i class=neg>−0.25</i><cite>d</cite><p class=tk');
});
