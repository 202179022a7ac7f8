import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AdapterError } from '../errors.ts';
import { unpackSwiftShader } from './swiftshader.ts';

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the bundled SwiftShader', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'monosema-test-'));
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  test('is unpacked into the cache folder, once', () => {
    const unpacked = unpackSwiftShader();
    expect(dirname(dirname(dirname(unpacked!.loader)))).toBe(folder);
    const written = statSync(unpacked!.loader);
    expect(written.size).toBeGreaterThan(100_000);
    expect(statSync(unpacked!.driverManifest).size).toBeGreaterThan(50);
    expect(unpackSwiftShader()).toEqual(unpacked);
    expect(statSync(unpacked!.loader).ino).toBe(written.ino);
  });

  test('is unpacked again when a file of it is missing', () => {
    const unpacked = unpackSwiftShader()!;
    rmSync(unpacked.driverManifest);
    expect(unpackSwiftShader()).toEqual(unpacked);
    expect(statSync(unpacked.driverManifest).size).toBeGreaterThan(50);
  });

  test('that cannot be unpacked is an AdapterError with a remedy', () => {
    // A file where the cache folder should be: even a process that may do everything cannot make a folder in it.
    writeFileSync(join(folder, 'monosema'), '');
    expect(unpackSwiftShader).toThrow(AdapterError);
    expect(unpackSwiftShader).toThrow(
      /^SwiftShader: expected to unpack into .*; free space there or set XDG_CACHE_HOME to a writable folder$/,
    );
  });
});
