// npm run build: makes of each package's sources what is published of them, in its folder lib. The workspace itself
// needs none of this: there, Node reads the sources.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CHECKS, runCheck } from './checks.mjs';
import { install, ROOT } from './install.mjs';

/** The packages for npm, each after those it needs, with the sources that are for this repository alone. */
export const PACKAGES = {
  engine: /^testing\/prove\./,
  trainer: /^scale\/(document|write-document|table)\.|(^|\/)testing\//,
  report: /^testing\//,
};
const OF_TESTS = /\.(test|proof)\.ts$/;

/**
 * Compiles all packages, and gathers the JavaScript, its declarations and what it loads.
 *
 * @param {string} node path of a Node that runs the compiler
 */
export async function build(node) {
  const types = CHECKS.find(({ name }) => name === 'types');
  const { failed, details, interrupted } = await runCheck(types, node);
  if (interrupted) process.exit(130);
  if (failed > 0) {
    process.stderr.write(
      `${details}\nbuild: expected the sources to compile, got the errors above; mend them\n`,
    );
    process.exit(1);
  }
  for (const [name, ours] of Object.entries(PACKAGES)) gather(join(ROOT, 'packages', name), ours);
}

function gather(folder, ours) {
  const lib = join(folder, 'lib');
  rmSync(lib, { recursive: true, force: true });
  for (const file of filesBelow(join(folder, 'src'))) {
    if (OF_TESTS.test(file) || ours.test(file) || /(^|\/)tsconfig\.json$|\.d\.ts$/.test(file)) continue;
    const target = join(lib, file);
    mkdirSync(dirname(target), { recursive: true });
    if (file.endsWith('.ts')) {
      const stem = file.slice(0, -'.ts'.length);
      // Scripts of pages are compiled for browsers, on their own.
      const compiled = join(folder, 'dist', stem.startsWith('client/') ? `client/${stem}` : stem);
      copyFileSync(`${compiled}.js`, join(lib, `${stem}.js`));
      writeFileSync(join(lib, `${stem}.d.ts`), compiledImports(readFileSync(`${compiled}.d.ts`, 'utf8')));
    } else if (file.endsWith('.astro')) {
      const component = compiledImports(readFileSync(join(folder, 'src', file), 'utf8'));
      writeFileSync(target, component.replace("'../../../../docs/", "'../docs/"));
      for (const [, document] of component.matchAll(/'\.\.\/\.\.\/\.\.\/\.\.\/docs\/([^']+)'/g)) {
        mkdirSync(join(lib, 'docs'), { recursive: true });
        copyFileSync(join(ROOT, 'docs', document), join(lib, 'docs', document));
      }
    } else copyFileSync(join(folder, 'src', file), target);
  }
}

/** The compiler renames what modules import, but neither in declarations nor in Astro's components. */
function compiledImports(text) {
  return text.replaceAll(/(\bfrom |\bimport\(|\bimport )'(\.[^']*)\.ts'/g, "$1'$2.js'");
}

/** Paths relative to a folder, with slashes on every system. */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await build(await install());
