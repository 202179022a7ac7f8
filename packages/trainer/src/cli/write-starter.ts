import { basename, join, resolve } from 'node:path';
import { writeFileAtomically } from '../artefacts/atomic-file.ts';
import { configsIn } from '../config/load.ts';
import { UsageError } from './cli-error.ts';
import type { Effects } from './effects.ts';

/**
 * Writes a study.config.ts into a folder.
 *
 * @throws {UsageError} if there is one already: it is never overwritten
 */
export function writeStarter(dir: string, effects: Effects): void {
  const path = join(dir, 'study.config.ts');
  const [there] = configsIn(dir);
  if (there !== undefined)
    throw new UsageError(
      `init: expected no ${join(dir, there)}, got one that is there already; edit it, or name another folder`,
    );
  writeFileAtomically(path, starter(basename(resolve(dir))));
  effects.out(
    `wrote ${path}; put text beside it in a folder called text, then: npx monosema run ${shellWord(path)}\n`,
  );
}

/** A path as a shell takes it for one word. */
function shellWord(path: string): string {
  return /^[\w./:\\-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function starter(folder: string): string {
  const name = folder.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '') || 'study';
  return `import { defineStudy, small } from '@monosema/trainer';

// Two presets to start from: small wants a GPU and a hundred megabytes of text; demo runs anywhere, in minutes.
export default defineStudy({
  ...small,
  name: '${name}',
  seed: 1,
  // A file or a folder of .txt, .jsonl, .txt.gz or .jsonl.gz; relative to this file.
  corpus: { path: 'text' },
});
`;
}
