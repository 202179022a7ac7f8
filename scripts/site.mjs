// npm run site -- sites/NAME [out/RUN]: install, and build a site from the records of a run: those that its
// configuration names, else those of out/NAME.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { install, ROOT } from './install.mjs';
import { buildSite } from './build-site.mjs';

const [given, run] = process.argv.slice(2);
if (given === undefined) stop('site: expected the folder of a site, got nothing; npm run site -- sites/demo');
const site = resolve(ROOT, given);
if (!existsSync(join(site, 'astro.config.mjs'))) {
  stop(
    `site: expected an astro.config.mjs in ${given}, found none; sites/demo has one to start from (docs/publish.md)`,
  );
}
const folder = run === undefined ? (runNamed(site) ?? join(ROOT, 'out', basename(site))) : resolve(ROOT, run);
if (!existsSync(join(folder, 'records', 'stage.json'))) {
  stop(
    `site: expected the records of a finished run in ${relative(ROOT, folder)}, found none; npx monosema run ${join(given, 'study.config.ts')} --out ${relative(ROOT, folder)}`,
  );
}
await buildSite(await install(), site, folder);

/** The run whose records a configuration names in so many words; null where it works them out. */
function runNamed(site) {
  const text = readFileSync(join(site, 'astro.config.mjs'), 'utf8');
  const [, records] = /^[^/\n]*\brecords:\s*['"]([^'"]+)['"]/m.exec(text) ?? [];
  return records === undefined ? null : dirname(resolve(site, records));
}

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
