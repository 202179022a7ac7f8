import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecords } from '@monosema/trainer/records';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeFixture, writeFixturePlayground } from '../testing/index.ts';
import { playgroundOf, playgroundPart, playgroundParts } from './playground-files.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'monosema-playground-'));
  writeFixture(root, ['A/0', 'A/1']);
});
afterAll(() => rmSync(root, { recursive: true }));

test('records without weights have no playground, and say so; neither has a site that wants none', () => {
  const records = openRecords(root);
  expect(playgroundOf(records, undefined, 1e9)).toMatchObject({
    view: null,
    lacks: expect.stringContaining('no weights') as string,
  });
  writeFixturePlayground(root);
  expect(playgroundOf(records, false, 1e9).view).toBeNull();
});

test('a playground has what is chosen and fits, and says what is missing', () => {
  const records = openRecords(root);
  const all = playgroundOf(records, undefined, 1e9);
  expect(all.view!.dictionaries.map(({ id, features }) => [id, features])).toEqual([
    ['A/0', 8],
    ['A/1', 24],
  ]);
  expect(all.lacks).toBe('A/2 is not in it: a reader would load 3.00 MB, and 2.00 MB is the limit.');
  const one = playgroundOf(records, { dictionaries: ['A/1'] }, 1e9).view!;
  expect(one.dictionaries.map(({ id }) => id)).toEqual(['A/1']);
  // A quarter of the site, in base64.
  const tight = playgroundOf(records, undefined, 4 * 1_400_000);
  expect(tight.view!.dictionaries.map(({ id }) => id)).toEqual(['A/0']);
  expect(tight.lacks).toContain('A/1 would weigh more than a quarter of the site.');
  expect(playgroundOf(records, undefined, 100_000)).toMatchObject({
    view: null,
    lacks: expect.stringContaining('There is no playground.') as string,
  });
  expect(() => playgroundOf(records, { dictionaries: ['A/2'] }, 1e9)).toThrow(
    'expected the option "playground.dictionaries" to name dictionaries that the records have weights of (A/0, A/1), got "A/2"',
  );
});

test('the pieces of a file are the file', () => {
  const { view } = playgroundOf(openRecords(root), undefined, 1e9);
  const parts = [...playgroundParts(root, view!)];
  const pieces = parts.filter(({ path }) => /^playground\/A-\d\.js$/.test(path));
  expect(pieces.map(({ path }) => path)).toEqual(['playground/A-0.js', 'playground/A-1.js']);
  const base64 = pieces.map(({ code }) => JSON.parse(/^monosemaPart\((.+)\);\n$/.exec(code)![1]!) as string);
  const bytes = Buffer.from(base64.join(''), 'base64');
  expect(bytes.equals(Buffer.from(Uint8Array.from({ length: 900_000 }, (_, i) => i * 7)))).toBe(true);
  expect(playgroundPart(root, view!, 'playground/A-1.js')).toBe(pieces[1]!.code);
  expect(playgroundPart(root, view!, 'playground/A-2.js')).toBeUndefined();
});
