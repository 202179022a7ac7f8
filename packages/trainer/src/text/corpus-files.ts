import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { CorpusError } from './corpus-error.ts';

export interface CorpusFile {
  readonly path: string;
  /** Path below the corpus folder, with `/` on every system; the file's own name where the corpus is one file. */
  readonly name: string;
  readonly format: 'txt' | 'jsonl';
  readonly gzip: boolean;
  readonly bytes: number;
}

export const EXTENSIONS = '.txt, .jsonl, .txt.gz or .jsonl.gz';
const KNOWN = /\.(txt|jsonl)(\.gz)?$/i;

/**
 * The usable files of a corpus, one at a time: the file itself, or those in the folder and its sub-folders, in
 * the order of their names (by code unit, folder by folder). Hidden files and other extensions are passed over.
 *
 * @throws {CorpusError} if there is nothing at the path, or nothing usable
 */
export function* corpusFiles(path: string): Generator<CorpusFile> {
  const stats = look(path, () => statSync(path, { throwIfNoEntry: false }));
  if (!stats)
    throw new CorpusError(
      `corpus ${path}: expected a file or a folder, got nothing at that path; check its spelling`,
    );
  if (stats.isDirectory()) {
    let found = false;
    for (const entry of walk(path, '', new Set())) {
      const file = usable(entry);
      if (file === null) continue;
      found = true;
      yield file;
    }
    if (!found) {
      const others = describePassedOver(path);
      throw new CorpusError(
        `corpus ${path}: expected a folder with files ending in ${EXTENSIONS}, got ${others === null ? 'none; add some' : `only ${others}; convert them, or add some`}`,
      );
    }
    return;
  }
  const file = usable({ path, name: basename(path), stats });
  if (!file)
    throw new CorpusError(
      `corpus ${path}: expected a file ending in ${EXTENSIONS}, got ${extname(path) || 'no extension'}; rename or convert it`,
    );
  yield file;
}

/** A file, or what is no folder at any rate; without stats where a link leads nowhere. */
interface Entry {
  readonly path: string;
  readonly name: string;
  readonly stats: Stats | undefined;
}

function* walk(folder: string, prefix: string, above: ReadonlySet<string>): Generator<Entry> {
  // A link may lead back to a folder we are in.
  const real = look(folder, () => realpathSync(folder));
  if (above.has(real)) return;
  const inside = new Set(above).add(real);
  for (const entry of look(folder, () => readdirSync(folder)).toSorted(byCodeUnit)) {
    if (entry.startsWith('.')) continue;
    const path = join(folder, entry);
    const stats = look(path, () => statSync(path, { throwIfNoEntry: false }));
    if (stats?.isDirectory()) yield* walk(path, `${prefix}${entry}/`, inside);
    else yield { path, name: prefix + entry, stats };
  }
}

/** Kinds of files that are named one by one; a folder of anything has many. */
const MOST_KINDS = 5;

/**
 * Counts the files of a corpus folder that are passed over, hidden ones aside, by what their names end in: `2 .parquet
 * and 1 .zip`.
 *
 * @returns null where there are none
 */
export function describePassedOver(path: string): string | null {
  if (look(path, () => statSync(path, { throwIfNoEntry: false }))?.isDirectory() !== true) return null;
  const counts = new Map<string, number>();
  for (const entry of walk(path, '', new Set())) {
    if (usable(entry) !== null) continue;
    const kind =
      entry.stats === undefined
        ? 'that lead nowhere'
        : KNOWN.test(entry.name)
          ? 'that are no files'
          : extname(entry.name).toLowerCase().toWellFormed() || 'without an extension';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  if (counts.size === 0) return null;
  const kinds = [...counts].toSorted(([a, n], [b, m]) => m - n || byCodeUnit(a, b));
  const others = kinds.slice(MOST_KINDS).reduce((sum, [, count]) => sum + count, 0);
  const parts = kinds.slice(0, MOST_KINDS).map(([kind, count]) => `${count} ${kind}`);
  if (others > 0) parts.push(`${others} others`);
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** @throws {CorpusError} with the system's reason if the system will not show what is there */
function look<Result>(path: string, at: () => Result): Result {
  try {
    return at();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CorpusError(
      `corpus ${path}: expected to be allowed to read it, got ${reason}; check its permissions`,
    );
  }
}

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function usable({ path, name, stats }: Entry): CorpusFile | null {
  const match = KNOWN.exec(name);
  if (!match || stats?.isFile() !== true) return null;
  const format = match[1]?.toLowerCase() === 'txt' ? 'txt' : 'jsonl';
  return { path, name, format, gzip: match[2] !== undefined, bytes: stats.size };
}
