import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolder } from './make-folder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'monosema-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

it('makes a folder with those above it, and leaves one that is there', () => {
  const path = join(parent, 'a', 'b', 'c');
  makeFolder(path);
  writeFileSync(join(path, 'x'), '');
  makeFolder(path);
  expect(existsSync(join(path, 'x'))).toBe(true);
  expect(statSync(path).isDirectory()).toBe(true);
});

it('refuses a file in the place of a folder, in the words of the system', () => {
  const path = join(parent, 'file');
  writeFileSync(path, '');
  expect(() => makeFolder(path)).toThrow('EEXIST');
  expect(() => makeFolder(join(path, 'below'))).toThrow('EEXIST');
});

it.runIf(existsSync('/proc/self'))('ends with a sentence where no folder can be made', () => {
  expect(() => makeFolder('/proc/monosema/study')).toThrow(
    '/proc/monosema/study: expected a place where folders can be made, got /proc, which takes none; choose another folder',
  );
});
