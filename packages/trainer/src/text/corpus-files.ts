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
    for (const file of walk(path, '', new Set())) {
      found = true;
      yield file;
    }
    if (!found)
      throw new CorpusError(
        `corpus ${path}: expected a folder with files ending in ${EXTENSIONS}, got none; add some`,
      );
    return;
  }
  const file = usable(path, basename(path), stats);
  if (!file)
    throw new CorpusError(
      `corpus ${path}: expected a file ending in ${EXTENSIONS}, got ${extname(path) || 'no extension'}; rename or convert it`,
    );
  yield file;
}

function* walk(folder: string, prefix: string, above: ReadonlySet<string>): Generator<CorpusFile> {
  // A link may lead back to a folder we are in.
  const real = look(folder, () => realpathSync(folder));
  if (above.has(real)) return;
  const inside = new Set(above).add(real);
  for (const entry of look(folder, () => readdirSync(folder)).toSorted(byCodeUnit)) {
    if (entry.startsWith('.')) continue;
    const path = join(folder, entry);
    const stats = look(path, () => statSync(path, { throwIfNoEntry: false }));
    if (stats?.isDirectory()) yield* walk(path, `${prefix}${entry}/`, inside);
    else if (stats) {
      const file = usable(path, prefix + entry, stats);
      if (file) yield file;
    }
  }
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

function usable(path: string, name: string, stats: Stats): CorpusFile | null {
  const match = KNOWN.exec(name);
  if (!match || !stats.isFile()) return null;
  const format = match[1]?.toLowerCase() === 'txt' ? 'txt' : 'jsonl';
  return { path, name, format, gzip: match[2] !== undefined, bytes: stats.size };
}
