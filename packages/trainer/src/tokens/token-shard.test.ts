import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSafetensors, writeSafetensors } from '../artefacts/safetensors.ts';
import { TokenShardWriter } from './token-shard-writer.ts';
import { TokenShard } from './token-shard.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-shard-'));
  path = join(folder, 'train.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true }));

const small = { size: 1024, endOfText: 1023 };
const documents = [
  { id: 'first', domain: 'a', text: 'é', ids: [5, 6, 7] },
  { id: 'odd \u2028 "id"\n', domain: null, text: '', ids: [] },
  { id: 'x'.repeat(5000), domain: 'b', text: 'three', ids: [1022] },
];

function write(tokenizer = small, source = documents): void {
  using writer = new TokenShardWriter(path, tokenizer);
  for (const { ids, ...document } of source) writer.append(document, Uint32Array.from(ids));
  writer.finish();
}

describe('a token shard', () => {
  test('holds every document followed by end-of-text', () => {
    write();
    using shard = TokenShard.open(path);
    expect([shard.length, shard.documentCount, shard.vocabulary, shard.endOfText]).toEqual([
      7, 3, 1024, 1023,
    ]);
    expect(shard.read(0, 7)).toEqual(Uint32Array.of(5, 6, 7, 1023, 1023, 1022, 1023));
    expect(shard.read(2, 3)).toEqual(Uint32Array.of(7, 1023, 1023));
    expect(() => shard.read(5, 3)).toThrow(RangeError);
  });

  test('knows the document of every token', () => {
    write();
    using shard = TokenShard.open(path);
    const indices = Array.from({ length: 7 }, (_, position) => shard.documentIndexAt(position));
    expect(indices).toEqual([0, 0, 0, 0, 1, 2, 2]);
    expect(shard.documentAt(3)).toEqual({ id: 'first', domain: 'a', start: 0, length: 4, bytes: 2 });
    expect(shard.documentAt(6).id).toBe('x'.repeat(5000));
    expect([...shard.documents()].map(({ id, start }) => [id, start])).toEqual([
      ['first', 0],
      ['odd \u2028 "id"\n', 4],
      ['x'.repeat(5000), 5],
    ]);
    for (const position of [-1, 7, 0.5]) expect(() => shard.documentAt(position)).toThrow(RangeError);
    expect(() => shard.document(3)).toThrow('expected a document below 3, got 3');
  });

  test('is a plain safetensors file, with 16 bits a token where they suffice', () => {
    for (const [size, dtype] of [
      [65_536, 'U16'],
      [65_537, 'U32'],
    ] as const) {
      write({ size, endOfText: size - 1 });
      using file = readSafetensors(path);
      expect(file.info('tokens').dtype).toBe(dtype);
      expect(file.read('tokens', 3, 1)[0]).toBe(size - 1);
      expect(file.read('documentStarts')).toEqual(BigInt64Array.of(0n, 4n, 5n));
      using shard = TokenShard.open(path);
      expect(shard.read(3, 1)).toEqual(Uint32Array.of(size - 1));
    }
  });

  test('of more tokens than the buffers hold is whole', () => {
    const long = Uint32Array.from({ length: 700_001 }, (_, i) => (i * 7) % 1000);
    using writer = new TokenShardWriter(path, small);
    for (let i = 0; i < 3; i += 1) writer.append({ id: `${i}`, domain: null, text: '' }, long);
    writer.finish();
    using shard = TokenShard.open(path);
    expect(shard.length).toBe(3 * 700_002);
    for (let i = 0; i < 3; i += 1) {
      const { start, length } = shard.document(i);
      expect(shard.read(start, length - 1).every((id, at) => id === long[at])).toBe(true);
    }
  });

  test('may be empty', () => {
    write(small, []);
    using shard = TokenShard.open(path);
    expect([shard.length, [...shard.documents()]]).toEqual([0, []]);
  });

  test('has the same bytes when it is written again', () => {
    write();
    const first = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('hex'));
    write();
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('hex'))).toEqual(
      first,
    );
  });
});

describe('a fault', () => {
  test('while writing leaves the old shard as it was, and nothing else', () => {
    write();
    expect(() => {
      using writer = new TokenShardWriter(path, small);
      writer.append({ id: 'new', domain: null, text: 'new' }, Uint32Array.of(1));
      throw new Error('interrupted');
    }).toThrow('interrupted');
    expect(readdirSync(folder).toSorted()).toEqual(['train.documents.jsonl', 'train.safetensors']);
    using shard = TokenShard.open(path);
    expect(shard.documentCount).toBe(3);
  });

  test.runIf(process.platform === 'linux')('of a full disk is named, and cleaned up after', () => {
    symlinkSync('/dev/full', `${path}.tokens.${process.pid}.tmp`);
    expect(() => write()).toThrow(/the disk is full after \d+ bytes; free some space and run again/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('of another file is noticed at once', () => {
    writeSafetensors(path, { weight: { shape: [1], data: Float32Array.of(1) } });
    expect(() => TokenShard.open(path)).toThrow('expected a tensor tokens, got weight');
    const empty = { shape: [0], data: new BigInt64Array(0) };
    const floats = { shape: [1], data: Float32Array.of(1) };
    writeSafetensors(path, { tokens: floats, documentStarts: empty, documentLines: empty });
    expect(() => TokenShard.open(path)).toThrow('expected tokens as tokenize writes them');
    write();
    rmSync(join(folder, 'train.documents.jsonl'));
    expect(() => TokenShard.open(path)).toThrow('ENOENT');
  });
});
