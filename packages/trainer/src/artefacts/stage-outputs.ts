import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { TEMPORARY } from './atomic-file.ts';
import type { StageOutput, StageRecord } from './stage-file.ts';

/** Files that say how the work went, not what it made: they hold times, so they are no part of the hash. */
const LOG = /(^|\/)metrics\.jsonl$/;

/** Lists what a stage wrote into its folder with sizes and content hashes, in the order of the paths. */
export async function describeOutputs(folder: string): Promise<StageOutput[]> {
  const outputs: StageOutput[] = [];
  for (const path of filesBelow(folder)) {
    const name = relative(folder, path).split(sep).join('/');
    if (name === 'stage.json' || name.startsWith('checkpoint/')) continue;
    // Whatever still has a temporary name when the stage is done was left by an earlier attempt that crashed.
    if (TEMPORARY.test(name)) rmSync(path);
    else outputs.push({ path: name, ...(await describeFile(path)) });
  }
  return outputs.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** The files of a stage: a folder below that has a stage.json is another's. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return existsSync(join(path, 'stage.json')) ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Size and content hash of a file. */
export async function describeFile(path: string): Promise<Omit<StageOutput, 'path'>> {
  return { bytes: statSync(path).size, sha256: await hashFile(path) };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** One hash for all outputs of a stage; logs are left out. */
export function hashOutputs(outputs: readonly StageOutput[]): string {
  const lines = outputs
    .filter(({ path }) => !LOG.test(path))
    .map(({ path, sha256 }) => `${sha256} ${path}\n`);
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** The first output that is not there with its size, in words, or null. */
export function missingOutput(folder: string, outputs: readonly StageOutput[]): string | null {
  for (const { path, bytes } of outputs) {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });
    if (found === undefined) return `${path} missing`;
    if (found.size !== bytes) return `${path} of another size`;
  }
  return null;
}

/** The first output whose bytes are not those that were written, or null. It reads all of them, but for logs. */
export async function damagedOutput(folder: string, outputs: readonly StageOutput[]): Promise<string | null> {
  for (const { path, sha256 } of outputs)
    if (!LOG.test(path) && (await hashFile(join(folder, path))) !== sha256) return path;
  return null;
}

/**
 * Removes what a stage wrote before, and any stage whose folder lies in its own: that one read what is removed, and
 * would be taken for one of what comes in its place. Of a finished stage these are the files it listed; one that was interrupted
 * had no list yet, but its folder is its own.
 */
export function removeOutputs(folder: string, record: StageRecord): void {
  if (record.state === 'running') return rmSync(folder, { recursive: true, force: true });
  // The record goes first: a folder with files and no record is made again, one with a record and no files is not what it says.
  rmSync(join(folder, 'stage.json'), { force: true });
  for (const { path } of record.outputs) rmSync(join(folder, path), { force: true });
  for (const name of readdirSync(folder))
    if (existsSync(join(folder, name, 'stage.json'))) rmSync(join(folder, name), { recursive: true });
  rmSync(join(folder, 'checkpoint'), { recursive: true, force: true });
}
