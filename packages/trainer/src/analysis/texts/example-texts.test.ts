import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { textRecord, textsRecord } from '../../records/schema.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { textOf } from '../testing/planted-text.ts';
import { exampleTexts } from './example-texts.ts';

test('texts come from every domain in turn, each token with all of its active features, strongest first', () => {
  const documents = ['legal', 'Code & more', null].flatMap((domain, d) =>
    Array.from({ length: 12 }, (_, i) => ({
      id: `${d}-${i}`,
      domain,
      text: `${'abcdefgh'.charAt(i % 8)} some words of kind ${d} `.repeat(9),
    })),
  );
  const { text } = textOf(documents, 8);
  const dense = randomActivations(text.contexts.tokens, [0.5, 0.2, 0.9, 0.05], uniforms(4));
  const { index, texts } = exampleTexts(sourceOf('A/1', dense), text, () => {});
  expect(() => textsRecord.parse(index)).not.toThrow();
  expect(index.texts).toHaveLength(25);
  expect(new Set(index.texts.map(({ id }) => id)).size).toBe(25);
  const ofDomain = (domain: string | null) => index.texts.filter((each) => each.domain === domain).length;
  expect([ofDomain('legal'), ofDomain('Code & more'), ofDomain(null)].toSorted((a, b) => a - b)).toEqual([
    8, 8, 9,
  ]);
  texts.forEach((record, i) => {
    expect(() => textRecord.parse(record)).not.toThrow();
    expect(record.id).toBe(index.texts[i]!.id);
    const start = Array.from({ length: text.contexts.count }, (_, place) => place * 8).find(
      (first) =>
        text.documentAt(first).id === record.document &&
        record.active.every(
          (list, t) => list.length === dense[first + t]!.filter((value) => value > 0).length,
        ),
    )!;
    expect(Array.from(text.read(start, 8))).toEqual(record.tokens);
    record.active.forEach((list, t) => {
      expect(list.map(({ activation }) => activation)).toEqual(
        dense[start + t]!.filter((value) => value > 0)
          .map((value) => Number(value.toPrecision(4)))
          .toSorted((a, b) => b - a),
      );
    });
  });
});
