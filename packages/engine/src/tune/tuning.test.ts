import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Value } from '../program/value.ts';
import { view, type MatmulProblem } from '../ops/matmul/problem.ts';
import { shapeClass } from './shape-class.ts';
import { openTuning, tuneFile } from './tune-file.ts';
import { Tuning, type Measurement } from './tuning.ts';

const KERNELS = ['first', 'second', 'third'];
const SHAPE = 'm64 n64 k64 rows rows vectors';

describe('a choice', () => {
  test('is what is pinned, else what was used before, else what was fastest, else the first', () => {
    const tuning = new Tuning({ pinned: { a: 'third' }, known: { a: 'second', b: 'second', c: 'second' } });
    tuning.begin({ a: 'first', b: 'third' }, () => {});
    expect(['a', 'b', 'c', 'd'].map((shape) => tuning.choose(shape, KERNELS))).toEqual([
      'third',
      'third',
      'second',
      'first',
    ]);
  });

  test('is told, with all that were made before in the same piece of work', () => {
    const tuning = new Tuning({ known: { a: 'second' } });
    const told = vi.fn<(choices: object) => void>();
    tuning.begin({ b: 'third' }, told);
    tuning.choose('a', KERNELS);
    tuning.choose('a', KERNELS);
    tuning.choose('b', KERNELS);
    expect(told.mock.calls).toEqual([[{ a: 'second', b: 'third' }]]);
  });

  test('of a kernel that does not compute the product is left out of account, and refused where it is pinned', () => {
    expect(new Tuning({ known: { a: 'fourth' } }).choose('a', KERNELS)).toBe('first');
    expect(() =>
      new Tuning({ pinned: { a: 'fourth' } }).choose('a', KERNELS),
    ).toThrowErrorMatchingInlineSnapshot(
      `[TuningError: kernels: expected one that computes products "a" on this adapter, got "fourth"; unpin it, or pin one of "first", "second", "third"]`,
    );
  });

  test('is left open where it shall be measured, and made once it was', () => {
    const tuning = new Tuning({ measured: () => {} });
    expect(tuning.choose('a', ['only'])).toBe('only');
    expect(tuning.choose('b', KERNELS)).toBe(null);
    tuning.learn('b', measurement('second'));
    expect(tuning.choose('b', KERNELS)).toBe('second');
  });
});

describe('classes of products', () => {
  const value = (rows: number, columns: number): Value => ({
    label: 'value',
    shape: [rows, columns],
    dtype: 'f32',
    tensor: null,
    part: null,
  });
  const product = (m: number, n: number, k: number, transpose = false): MatmulProblem => ({
    label: 'product',
    m,
    n,
    k,
    batch: [1, 1],
    left: view(value(m, k)),
    right: view(transpose ? value(n, k) : value(k, n), { transpose }),
    out: view(value(m, n)),
    epilogue: { scale: 2, relu: true, bias: value(1, n) },
  });

  test.each([
    [product(1024, 2048, 512), 'm1024 n2048 k512 rows rows vectors bias relu'],
    [product(1023, 2047, 509, true), 'm1024 n2048 k512 odd-rows odd-columns edge bias relu'],
    [product(600, 1028, 512, true), 'm1024 n2048 k512 rows columns vectors bias relu'],
  ])('are named by sizes, layouts and epilogue', (problem, name) => {
    expect(shapeClass(problem)).toBe(name);
  });
});

describe('measurements', () => {
  const adapter = { name: 'a card', driver: 'its driver', software: false };
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'monosema-tune-'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const choiceOf = (name: string, mode: 'off' | 'cache' = 'cache', say?: (line: string) => void) =>
    openTuning({ ...adapter, name }, { mode, ...(say && { say }) }).choose(SHAPE, KERNELS);

  test('are kept in a file that says what they are of, for every adapter', () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    openTuning(adapter, { mode: 'full', say }).learn(SHAPE, measurement('second'));
    openTuning({ ...adapter, name: 'another' }, { mode: 'full' }).learn(SHAPE, measurement('third'));
    expect([choiceOf('a card'), choiceOf('another'), choiceOf('a third')]).toEqual([
      'second',
      'third',
      'first',
    ]);
    expect(choiceOf('a card', 'off')).toBe('first');
    expect(JSON.parse(readFileSync(tuneFile(), 'utf8'))).toMatchObject({
      adapters: [
        { adapter: 'a card', driver: 'its driver', products: { [SHAPE]: measurement('second') } },
        { adapter: 'another', driver: 'its driver', products: { [SHAPE]: measurement('third') } },
      ],
    });
    expect(readdirSync(dirname(tuneFile()))).toEqual(['kernels.json']);
    expect(said).toMatchInlineSnapshot(`
      [
        "kernels: m64 n64 k64 rows rows vectors: second, 2 ms, 33 % less than first (± 2.0 %); wrong on this adapter: fourth",
      ]
    `);
  });

  test('of another driver or version of the engine do not count', () => {
    openTuning(adapter, { mode: 'full' }).learn(SHAPE, measurement('second'));
    const other = openTuning({ ...adapter, driver: 'a newer one' }, { mode: 'cache' });
    expect(other.choose(SHAPE, KERNELS)).toBe('first');
    const text = readFileSync(tuneFile(), 'utf8');
    writeFileSync(tuneFile(), text.replace(/"engine": "[^"]*"/, '"engine": "0.0.1"'));
    expect(choiceOf('a card')).toBe('first');
  });

  test('that chance may have decided are used as they are, and made again where measuring is asked for', () => {
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    openTuning(adapter, { mode: 'full', say }).learn(SHAPE, measurement('first', true));
    expect(said).toEqual([
      'kernels: m64 n64 k64 rows rows vectors: first, 3 ms; second takes 33 % less (± 2.0 %); left as it was, as that may be chance; wrong on this adapter: fourth',
    ]);
    expect(openTuning(adapter, { mode: 'cache' }).choose(SHAPE, KERNELS)).toBe('first');
    const again = openTuning(adapter, { mode: 'full' });
    expect(again.choose(SHAPE, KERNELS)).toBe(null);
    again.learn(SHAPE, measurement('second'));
    expect(openTuning(adapter, { mode: 'full' }).choose(SHAPE, KERNELS)).toBe('second');
  });

  test.each(['{"adapters": [{"adapter": "a ca', '[1, 2]', '{"adapters": [{"adapter": 1}]}', 'null'])(
    'in a broken file are left out of account in a sentence, and the file is written anew: %s',
    (text) => {
      openTuning(adapter, { mode: 'full' }).learn('another shape', measurement('second'));
      writeFileSync(tuneFile(), text);
      const said: string[] = [];
      expect(choiceOf('a card', 'cache', (line) => said.push(line.replace(folder, '…')))).toBe('first');
      expect(said).toEqual([
        'kernels: expected measurements of kernels in …/monosema/kernels.json, got something else, which is not used; --tune full writes it anew',
      ]);
      openTuning(adapter, { mode: 'full' }).learn(SHAPE, measurement('second'));
      expect(choiceOf('a card')).toBe('second');
    },
  );

  test('that cannot be kept are used all the same', () => {
    writeFileSync(join(folder, 'monosema'), 'a file where a folder should be');
    const said: string[] = [];
    const tuning = openTuning(adapter, { mode: 'full', say: (line) => said.push(line) });
    tuning.learn(SHAPE, measurement('second'));
    expect(tuning.choose(SHAPE, KERNELS)).toBe('second');
    expect(said.at(-1)).toMatch(
      /^kernels: expected to keep what was measured in .*; it will be measured again$/,
    );
  });
});

function measurement(choice: string, undecided = false): Measurement {
  return {
    choice,
    suggested: 'first',
    undecided,
    kernels: {
      first: { rounds: 9, milliseconds: 3, ratio: 1, spread: 0.01 },
      second: { rounds: 9, milliseconds: 2, ratio: 0.67, spread: 0.02 },
      third: { rounds: 2, milliseconds: 4, ratio: 1.33, spread: 0.01 },
    },
    wrong: ['fourth'],
  };
}
