import { expect, test } from 'vitest';
import { fixtureBytes } from '../testing/fixture-text.ts';
import { plain } from './escape.ts';
import { bytesHtml, bytesText, columnsOf, shownHtml } from './token-html.ts';
import { concat } from './utf8.ts';
import { vocabularyOf } from './vocabulary.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test('markup in a token is text', () => {
  expect(bytesHtml(utf8('<script>"&amp;\'</b>'), 'running')).toBe(`&lt;script>"&amp;amp;'&lt;/b>`);
});

test('what cannot be seen becomes a chip that keeps the character, and NUL one that cannot', () => {
  expect(bytesHtml(utf8('a\n\tb'), 'running')).toBe('a<n->\n</n-><t->\t</t->b');
  expect(bytesHtml(utf8('\u202e'), 'running')).toBe('<bdi class=x data-c="U+202E">\u202e</bdi>');
  expect(bytesHtml(utf8('\0'), 'running')).toBe('<bdi class=x data-c="U+0000"></bdi>');
  expect(bytesHtml(utf8('\u{e0041}'), 'running')).toContain('U+E0041');
});

test('bytes of no character are shown as bytes, a lone surrogate among them', () => {
  expect(bytesHtml(Uint8Array.of(0xed, 0xa0, 0x80), 'alone')).toBe(
    String.raw`<bdi class=x data-c="\xED"></bdi><bdi class=x data-c="\xA0"></bdi><bdi class=x data-c="\x80"></bdi>`,
  );
  expect(bytesHtml(new Uint8Array(), 'alone')).toContain('data-c="empty"');
});

test('a token that stands for no text is a chip with its name, which copies as it is written', () => {
  expect(shownHtml(utf8('<|endoftext|>'), 'running')).toBe(
    '<bdi class=x data-c="end of text">&lt;|endoftext|></bdi>',
  );
  expect(shownHtml(utf8('<|im_start|>'), 'alone')).toContain('data-c="im start"');
  expect(shownHtml(utf8('<|a "b"|>'), 'running')).toBe('&lt;|a "b"|>');
});

test('a line takes as many columns as it has letters, wide ones two, marks none', () => {
  expect(columnsOf(shownHtml(utf8('a&<b 日本'), 'running'))).toBe(9);
  expect(columnsOf(shownHtml(utf8('e\u0301'), 'running'))).toBe(1);
});

test('spaces at the ends are marked only where a token stands alone', () => {
  expect(bytesHtml(utf8(' a b '), 'alone')).toBe('<s-> </s->a b<s-> </s->');
  expect(bytesHtml(utf8(' a b '), 'running')).toBe(' a b ');
});

test('a character past the first plane and a combining mark survive', () => {
  expect(bytesHtml(utf8('🎉𝒳'), 'running')).toBe('🎉𝒳');
  expect(bytesHtml(utf8('\u0301'), 'alone')).toBe('<m-></m->\u0301');
});

test('whatever the bytes, the HTML holds no tag but ours and encodes as UTF-8', () => {
  for (const setting of ['running', 'alone'] as const) {
    const html = bytesHtml(concat([fixtureBytes('hostile'), fixtureBytes('emoji')]), setting);
    expect(
      html
        .match(/<[^>]*>/g)
        ?.filter((tag) => !/^<(\/?([nstm]-|bdi)|bdi class=x data-c="[^"<>]*")>$/.test(tag)),
    ).toEqual([]);
    expect(html.isWellFormed()).toBe(true);
    // oxlint-disable-next-line no-control-regex
    expect(html).not.toMatch(/[\0\r]/);
  }
});

test('text for titles is on one line and leaves nothing unseen', () => {
  expect(bytesText(utf8('a\n\u200b\tb'))).toBe('a↵U+200B⇥b');
  expect(plain('"><script>\u0000\u202e\ud800')).toBe('&quot;&gt;&lt;script&gt;U+0000U+202E\ufffd');
});

test('a token of ten thousand characters is cut between characters, and says how much is left out', () => {
  const glyph = vocabularyOf([Buffer.from('é'.repeat(10_000)).toString('base64')]).glyph(0);
  expect(glyph.running).toBe(`${'é'.repeat(128)}<bdi class=x data-c="… 19744 bytes more"></bdi>`);
  expect(bytesText(glyph.bytes)).toBe(`${'é'.repeat(32)}…`);
  const odd = vocabularyOf([Buffer.from(`a${'é'.repeat(10_000)}`).toString('base64')]).glyph(0);
  expect(odd.alone).toBe(`a${'é'.repeat(31)}<bdi class=x data-c="… 19938 bytes more"></bdi>`);
  const none = vocabularyOf([Buffer.from(Array(10_000).fill(0xff)).toString('base64')]).glyph(0);
  expect(none.running.match(/data-c="\\xFF"/g)).toHaveLength(8);
  const lines = vocabularyOf([Buffer.from('\n\t'.repeat(40)).toString('base64')]).glyph(0);
  expect(lines.running).not.toContain('bytes more');
});
