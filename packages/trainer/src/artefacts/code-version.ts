import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Which code made something: the package's version, and a hash of the sources. */
export interface CodeVersion {
  readonly monosema: string;
  readonly code: string;
}

const SOURCES = fileURLToPath(new URL('..', import.meta.url));

/**
 * The version of the code that a stage runs.
 *
 * @param rooms folders of the trainer's sources that make the stage's results
 * @param engine whether the engine's kernels do too
 */
export function codeVersion(rooms: readonly string[], engine: boolean): CodeVersion {
  const folders = rooms.map((room) => join(SOURCES, room));
  if (engine) folders.push(dirname(fileURLToPath(import.meta.resolve('@monosema/engine'))));
  const hash = createHash('sha256');
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const name of sourcesBelow(folder))
      hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return { monosema: packageVersion(), code: hash.digest('hex').slice(0, 16) };
}

/** Sources that run; tests and what only tests import change no result. */
function sourcesBelow(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => name.split(sep).join('/'))
    .filter(
      (name) => /\.(ts|js|wgsl)$/.test(name) && !/\.test\.|\.d\.ts$|(^|\/)testing\/|\.reference\./.test(name),
    )
    .toSorted();
}

/** Version in the trainer's package.json. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(SOURCES, '..', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return manifest.version;
}
