// npm run pack: builds the packages and packs each as npm takes it, into out/packages.
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, PACKAGES } from './build.mjs';
import { install, ROOT, runPnpm } from './install.mjs';

/** Where the tarballs are: `monosema-engine-0.1.0.tgz` and so on. */
export const TARBALLS = join(ROOT, 'out', 'packages');

/** @param {string} node path of a Node that runs the compiler */
export async function pack(node) {
  await build(node);
  rmSync(TARBALLS, { recursive: true, force: true });
  mkdirSync(TARBALLS, { recursive: true });
  // pnpm writes the versions of the workspace and of its catalogue into each package.json.
  for (const name of Object.keys(PACKAGES)) {
    const folder = join(ROOT, 'packages', name);
    // A relative path: on Windows arguments go through a shell, which would take a space for the end of one.
    await runPnpm(['pack', '--pack-destination', relative(folder, TARBALLS)], folder);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await pack(await install());
  process.stdout.write(`packed ${Object.keys(PACKAGES).join(', ')} into ${relative(ROOT, TARBALLS)}\n`);
}
