import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CorpusError, openCorpus, type Document } from './corpus.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-corpus-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function documents(path = folder): Promise<Document[]> {
  const found: Document[] = [];
  for await (const document of openCorpus(path)) found.push(document);
  return found;
}

async function fault(path = folder): Promise<string> {
  try {
    await documents(path);
  } catch (error) {
    expect(error).toBeInstanceOf(CorpusError);
    return (error as Error).message.replaceAll(folder, 'HERE');
  }
  return 'accepted';
}

const line = (document: object): string => `${JSON.stringify(document)}\n`;

describe('documents', () => {
  test('come from every kind of file, plain or gzip, folder by folder in the order of names', async () => {
    put('b.txt', 'plain');
    put('a/deep/x.TXT', 'nested');
    put('c.jsonl', line({ text: 'one', id: 'first', domain: 'given' }) + line({ text: 'two' }));
    put('a/y.jsonl.gz', gzipSync(line({ text: 'zipped', id: 7 })));
    put('d.txt.gz', gzipSync('zipped text'));
    put('.hidden.txt', 'no');
    put('README.md', 'no');
    expect(await documents()).toEqual([
      { id: 'a/deep/x.TXT', text: 'nested', domain: 'a' },
      { id: '7', text: 'zipped', domain: 'a' },
      { id: 'b.txt', text: 'plain', domain: null },
      { id: 'first', text: 'one', domain: 'given' },
      { id: 'c.jsonl#2', text: 'two', domain: null },
      { id: 'd.txt.gz', text: 'zipped text', domain: null },
    ]);
  });

  test('whose id or domain is empty are named and labelled as those without', async () => {
    put('a/x.jsonl', line({ text: 'one', id: '', domain: ' ' }) + line({ text: 'two', id: 0, domain: 'a' }));
    put('x.jsonl', line({ text: 'three', domain: '' }));
    expect(await documents()).toEqual([
      { id: 'a/x.jsonl#1', text: 'one', domain: 'a' },
      { id: '0', text: 'two', domain: 'a' },
      { id: 'x.jsonl#1', text: 'three', domain: null },
    ]);
  });

  test('are the same when the corpus is iterated again', async () => {
    const corpus = openCorpus(dirname(put('a.txt', 'text')));
    for (let time = 0; time < 2; time += 1)
      expect(await Array.fromAsync(corpus)).toEqual([{ id: 'a.txt', text: 'text', domain: null }]);
  });

  test('may come from one file, named by itself', async () => {
    expect(await documents(put('a/one.txt', 'text'))).toEqual([
      { id: 'one.txt', text: 'text', domain: null },
    ]);
  });

  test('keep whatever text holds: NUL, markup, reversed direction, line separators, CRLF', async () => {
    const text = '\u0000 <script>alert("1")</script> \u202Egnp \u2028\r\n\t \uFEFF';
    const path = put('x.jsonl', line({ text }));
    put('x.txt', text);
    expect((await documents(path))[0]?.text).toBe(text);
    expect((await documents(join(folder, 'x.txt')))[0]?.text).toBe(text);
  });

  test('have lone surrogates replaced by U+FFFD and pairs left alone', async () => {
    put('x.jsonl', '{"text": "a\\ud800b\\udc00 \\ud83d\\ude00", "id": "\\ud800", "domain": "\\udfff"}');
    expect(await documents()).toEqual([{ id: '\uFFFD', text: 'a\uFFFDb\uFFFD 😀', domain: '\uFFFD' }]);
  });

  test('have no byte order mark, and a last line needs no newline', async () => {
    put('a.jsonl', `\uFEFF${line({ text: 'one' })}\r\n  \n{"text":"two"}`);
    put('b.txt', '\uFEFFthree');
    expect((await documents()).map(({ id, text }) => [id, text])).toEqual([
      ['a.jsonl#1', 'one'],
      ['a.jsonl#4', 'two'],
      ['b.txt', 'three'],
    ]);
  });

  test('of a megabyte without a space arrive whole from .jsonl', async () => {
    const text = 'é'.repeat(500_000);
    put('x.jsonl.gz', gzipSync(line({ text }) + line({ text: 'next' })));
    expect((await documents()).map((document) => document.text)).toEqual([text, 'next']);
  });

  test('without text are passed over', async () => {
    put('a.jsonl', line({ text: '' }) + line({ text: 'x' }));
    put('b.txt', '');
    expect((await documents()).map(({ id }) => id)).toEqual(['a.jsonl#2']);
  });

  test('are found once behind links, even when a link leads in a circle', async () => {
    put('a/x.txt', 'text');
    symlinkSync(folder, join(folder, 'a', 'circle'));
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.txt'));
    expect((await documents()).map(({ id }) => id)).toEqual(['a/x.txt']);
  });
});

test('files that are passed over are counted by kind, but hidden ones', () => {
  put('a.txt', 'text');
  expect(openCorpus(folder).passedOver()).toBeNull();
  expect(openCorpus(join(folder, 'a.txt')).passedOver()).toBeNull();
  put('.DS_Store', '');
  put('b.parquet', 'PAR1');
  put('deep/c.PARQUET', 'PAR1');
  put('d.zip', 'PK');
  put('LICENSE', '');
  symlinkSync(join(folder, 'gone'), join(folder, 'dangling.txt'));
  expect(openCorpus(folder).passedOver()).toBe(
    `corpus ${folder}: passed over 2 .parquet, 1 .zip, 1 that lead nowhere and 1 without an extension; files are read whose names end in .txt, .jsonl, .txt.gz or .jsonl.gz`,
  );
  for (const kind of ['a', 'b', 'c']) put(`x.${kind}`, '');
  expect(openCorpus(folder).passedOver()).toContain(
    ': passed over 2 .parquet, 1 .a, 1 .b, 1 .c, 1 .zip and 2 others; ',
  );
});

describe('a long .txt', () => {
  test('is read as passages that end with a line and lose nothing', async () => {
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i} – ünïcödé\n`).join('');
    const found = await documents(put('long.txt', text));
    expect(found.length).toBeGreaterThan(20);
    expect(found.map((document) => document.text).join('')).toBe(text);
    let offset = 0;
    for (const { id, text: passage } of found) {
      expect(id).toBe(`long.txt@${offset}`);
      expect(passage.endsWith('\n')).toBe(true);
      offset += Buffer.byteLength(passage);
    }
  });

  test('without a line end is cut between characters', async () => {
    const text = `a${'😀'.repeat(100_000)}`;
    const found = await documents(put('long.txt.gz', gzipSync(text)));
    expect(found.length).toBeGreaterThan(20);
    expect(found.map((document) => document.text).join('')).toBe(text);
  });

  test('is one document up to 64 KiB', async () => {
    const text = 'x\n'.repeat(32 << 10);
    expect(await documents(put('article.txt', text))).toEqual([{ id: 'article.txt', text, domain: null }]);
  });
});

describe('a fault is one clear sentence', () => {
  test('when there is nothing to read', async () => {
    expect(await fault(join(folder, 'gone'))).toBe(
      'corpus HERE/gone: expected a file or a folder, got nothing at that path; check its spelling',
    );
    expect(await fault()).toBe(
      'corpus HERE: expected a folder with files ending in .txt, .jsonl, .txt.gz or .jsonl.gz, got none; add some',
    );
    const pdf = put('a.pdf', '%PDF');
    expect(await fault()).toBe(
      'corpus HERE: expected a folder with files ending in .txt, .jsonl, .txt.gz or .jsonl.gz, got only 1 .pdf; convert them, or add some',
    );
    expect(await fault(pdf)).toBe(
      'corpus HERE/a.pdf: expected a file ending in .txt, .jsonl, .txt.gz or .jsonl.gz, got .pdf; rename or convert it',
    );
    const empty = put('a.txt', '');
    expect(await fault(empty)).toBe('corpus HERE/a.txt: expected text, got only empty files; add some text');
    put('b.jsonl.gz', gzipSync('\n\n'));
    expect(await fault()).toBe('corpus HERE: expected text, got only empty files; add some text');
  });

  test('when the path is wrong, before anything is iterated', () => {
    expect(() => openCorpus(join(folder, 'gone'))).toThrow(CorpusError);
    expect(() => openCorpus(folder)).toThrow(CorpusError);
  });

  test('when the data is binary', async () => {
    const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d);
    expect(await fault(put('a.txt', png))).toBe(
      'HERE/a.txt: expected UTF-8 text, got binary data or another encoding at byte 0; convert the file or take it out of the corpus',
    );
    expect(await fault(put('b.txt', Buffer.from('\uFEFFtext', 'utf16le')))).toContain('got UTF-16;');
    expect(await fault(put('c.txt', Buffer.from('text', 'utf16le')))).toContain(
      '4 of 8 bytes after byte 0 are NUL',
    );
    expect(await fault(put('d.jsonl', png))).toContain('d.jsonl, line 1: expected a JSON object');
    const late = Buffer.concat([Buffer.alloc(100_000, 'text\n'), Uint8Array.of(0xff)]);
    expect(await fault(put('e.txt', late))).toContain('at byte 100000;');
    const cut = Buffer.concat([Buffer.from('naïve \uFFFD '), Uint8Array.of(0xc3)]);
    expect(await fault(put('f.txt', cut))).toContain('at byte 11;');
  });

  test('when a line of .jsonl is not a document', async () => {
    const lineFault = async (bad: string) => fault(put('a.jsonl', `${line({ text: 'good' })}${bad}\n`));
    const expected = 'HERE/a.jsonl, line 2: expected a JSON object with a string "text", got ';
    const remedy = '; correct or remove the line';
    expect(await lineFault('{"text": "cut')).toBe(`${expected}{"text": "cut, which is not JSON${remedy}`);
    expect(await lineFault('["text"]')).toBe(`${expected}["text"]${remedy}`);
    expect(await lineFault('null')).toBe(`${expected}null${remedy}`);
    expect(await lineFault('{"body": "x", "id": 1}')).toBe(`${expected}one whose keys are body, id${remedy}`);
    expect(await lineFault('{}')).toBe(`${expected}one whose keys are none${remedy}`);
    expect(await lineFault('{"text": null}')).toBe(`${expected}"text": null${remedy}`);
    expect(await lineFault('{"text": "x", "id": {}}')).toContain(
      'an "id" that is neither string nor number, {}',
    );
    expect(await lineFault('{"text": "x", "domain": 3}')).toContain('a "domain" that is no string, 3');
    expect(await lineFault('\u001b[2J\u202E')).toContain('got \\u{1b}[2J\\u{202e}, which is not JSON');
  });

  test('when gzip data is not gzip, or ends too early', async () => {
    expect(await fault(put('a.jsonl.gz', line({ text: 'plain' })))).toContain('expected whole gzip data');
    const whole = gzipSync(line({ text: Array.from({ length: 9000 }, (_, i) => i).join(' ') }));
    expect(await fault(put('a.jsonl.gz', whole.subarray(0, whole.length - 9)))).toContain('only a part');
  });
});
