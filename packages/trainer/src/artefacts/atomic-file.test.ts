import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFileAtomically, writeJsonAtomically } from './atomic-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeFileAtomically', () => {
  it('makes the folders above the file and leaves no other file behind', () => {
    const path = join(folder, 'a', 'b', 'value.json');
    writeJsonAtomically(path, { x: 1 });
    writeJsonAtomically(path, { x: 2 });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ x: 2 });
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['value.json']);
  });

  // /dev/full is Linux's disk without room: a write to it fails with ENOSPC.
  it.runIf(existsSync('/dev/full'))('keeps the earlier file when the disk is full', () => {
    const path = join(folder, 'value.json');
    writeFileSync(path, 'earlier');
    symlinkSync('/dev/full', `${path}.${process.pid}.tmp`);
    expect(() => writeFileAtomically(path, 'later')).toThrow('ENOSPC');
    expect(readdirSync(folder)).toEqual(['value.json']);
    expect(readFileSync(path, 'utf8')).toBe('earlier');
  });
});
