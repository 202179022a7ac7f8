import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { parseTar } from 'nanotar';
import { AdapterError } from '../errors.ts';
import { cacheFolder } from './cache-folder.ts';

/** Archive of @sparticuz/chromium 153.0.0; a new pinned version needs its own sum here. */
const ARCHIVE_SHA256 = 'b680e40a33235ecc6ad4c6897a168b70ce5164f0d62d2a64d675320d51614631';
const FILES = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];

/** A folder with SwiftShader's Vulkan driver and the Vulkan loader. */
export interface SwiftShader {
  readonly loader: string;
  readonly driverManifest: string;
}

/**
 * Unpacks the SwiftShader that @sparticuz/chromium carries into the user's cache folder, once.
 *
 * @returns null where the package is not installed (it is optional) or has no build for this platform
 * @throws {AdapterError} if the archive is not the pinned one, or the cache cannot be written
 */
export function unpackSwiftShader(): SwiftShader | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const archive = findArchive();
  if (archive === null) return null;
  const folder = join(cacheFolder(), `swiftshader-${ARCHIVE_SHA256.slice(0, 12)}`);
  if (!isWhole(folder)) unpack(archive, folder);
  return { loader: join(folder, 'libvulkan.so.1'), driverManifest: join(folder, 'vk_swiftshader_icd.json') };
}

function findArchive(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
    const path = join(dirname(entry), '..', 'bin', 'swiftshader.tar.br');
    return existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

function unpack(archive: string, folder: string): void {
  const packed = readFileSync(archive);
  const sum = createHash('sha256').update(packed).digest('hex');
  if (sum !== ARCHIVE_SHA256) {
    throw new AdapterError(
      `SwiftShader: expected the archive with sha256 ${ARCHIVE_SHA256.slice(0, 12)}, got ${sum.slice(0, 12)}; install the pinned @sparticuz/chromium again`,
    );
  }
  const entries = parseTar(brotliDecompressSync(packed));
  let partial: string | undefined;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    // Unpack beside the final name and rename, so that two processes starting at once both find whole files.
    partial = mkdtempSync(`${folder}-`);
    for (const name of FILES) {
      const data = entries.find((entry) => entry.name.replace(/^\.\//, '') === name)?.data;
      if (data === undefined)
        throw new AdapterError(
          `SwiftShader: expected ${name} in the archive, got none; install @sparticuz/chromium again`,
        );
      writeFileSync(join(partial, name), data, { mode: 0o755 });
    }
    try {
      renameSync(partial, folder);
    } catch {
      // Another process was faster, which is as good; a folder that lacks a file is not, and gives way.
      if (!isWhole(folder)) {
        rmSync(folder, { recursive: true, force: true });
        renameSync(partial, folder);
      }
    }
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    throw new AdapterError(
      `SwiftShader: expected to unpack into ${folder}, got "${(error as Error).message}"; free space there or set XDG_CACHE_HOME to a writable folder`,
    );
  } finally {
    if (partial !== undefined) rmSync(partial, { recursive: true, force: true });
  }
}

function isWhole(folder: string): boolean {
  return FILES.every((name) => existsSync(join(folder, name)));
}
