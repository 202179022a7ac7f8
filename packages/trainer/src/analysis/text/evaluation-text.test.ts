import { expect, test } from 'vitest';
import { textOf } from '../testing/planted-text.ts';

const DOMAINS = [
  { name: 'Latin docs', corpusDomains: ['latin'], scripts: [] },
  { name: 'Arabic', corpusDomains: [], scripts: ['Arabic'] },
  { name: 'either', corpusDomains: ['mixed'], scripts: ['Arabic'] },
];
const DOCUMENTS = [
  { id: 'one', domain: 'latin', text: 'the quick brown fox '.repeat(6) },
  { id: 'two', domain: 'mixed', text: `${'سلام'.repeat(4)} and some words` },
  { id: 'three', domain: null, text: `no label ${'مرحبا'.repeat(5)}!` },
];

test('every token has the domains of its document and of its characters', () => {
  const { text, shard, tokenizer } = textOf(DOCUMENTS, 8, DOMAINS);
  const classes = text.classesOf(0, text.contexts.tokens);
  const ids = shard.read(0, text.contexts.tokens);
  const seen = new Set<string>();
  classes.forEach((tokenClass, token) => {
    const { corpusDomain, domains } = text.classes[tokenClass]!;
    const document = shard.documentAt(token);
    expect(corpusDomain).toBe(document.domain);
    expect(text.documentAt(token)).toMatchObject({ id: document.id, domain: document.domain });
    // Arabic letters are the only bytes above 0x7f here.
    const isArabic = tokenizer.tokenBytes(ids[token]!).some((byte) => byte > 0x7f);
    const wanted = [document.domain === 'latin', isArabic, document.domain === 'mixed' || isArabic];
    expect(domains).toEqual([0, 1, 2].filter((d) => wanted[d]));
    seen.add(domains.join());
  });
  expect([...seen].toSorted()).toEqual(['', '0', '1,2', '2']);
});

test('classes do not depend on how the text is cut, so a character split between contexts keeps its script', () => {
  const whole = textOf(DOCUMENTS, 24, DOMAINS).text;
  const cut = textOf(DOCUMENTS, 3, DOMAINS).text;
  const count = Math.min(whole.contexts.tokens, cut.contexts.tokens);
  const describe = (text: typeof whole) =>
    Array.from(text.classesOf(0, count), (c) => text.classes[c]!.domains.join());
  expect(describe(cut)).toEqual(describe(whole));
});

test('fewer tokens than the text has are spread over all of it', () => {
  const documents = Array.from({ length: 10 }, (_, i) => ({
    id: `d${i}`,
    domain: `domain ${i}`,
    text: `${'word '.repeat(40)}${i}`,
  }));
  const { text, shard } = textOf(documents, 4, [], 100);
  expect(text.contexts.tokens).toBe(100);
  const classes = text.classesOf(0, 100);
  expect(new Set(Array.from(classes, (c) => text.classes[c]!.corpusDomain)).size).toBe(10);
  for (let token = 0; token < 100; token += 4) {
    const position = text.contexts.positionOf(token);
    expect(text.read(token, 4)).toEqual(shard.read(position, 4));
    expect(text.documentAt(token).id).toBe(shard.documentAt(position).id);
    const batch = text.contexts.readBatch([token / 4]);
    expect(batch).toEqual(shard.read(position, 5));
  }
});

test('labels that name a document each are no kinds of text, but one that the study asks for is', () => {
  const documents = [
    ...Array.from({ length: 60 }, (_, i) => ({ id: `d${i}`, domain: `https://a.org/${i}`, text: 'a page' })),
    { id: 'x', domain: 'book', text: 'a book' },
    { id: 'y', domain: 'book', text: 'a book' },
  ];
  const asked = [{ name: 'seven', corpusDomains: ['https://a.org/7'], scripts: [] }];
  const { text } = textOf(documents, 2, asked);
  const labels = new Set(
    Array.from(text.classesOf(0, text.contexts.tokens), (c) => text.classes[c]!.corpusDomain),
  );
  expect(labels).toEqual(new Set([null, 'https://a.org/7', 'book']));
  expect(text.documentAt(0).domain).toBe('https://a.org/0');
  expect(text.kindAt(0)).toBeNull();
});
