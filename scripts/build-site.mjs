// Builds a site from a run's records, unless the last build was of the same records and the same sources.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

const BUILD_LIMIT_MS = 30 * 60_000;

/**
 * @param {string} node path of the Node that runs Astro
 * @param {string} site folder with an astro.config.mjs; the site is built into its dist
 * @param {string} run folder of a finished run; a note of the build is kept there
 */
export async function buildSite(node, site, run) {
  const note = join(run, 'site.json');
  const key = siteKey(site, run);
  const shown = relative(ROOT, join(site, 'dist'));
  if (existsSync(note) && readFileSync(note, 'utf8') === describe(key, site)) {
    process.stderr.write(`site: up to date (${shown})\n`);
    return;
  }
  const started = performance.now();
  process.stderr.write('site: building\n');
  const { code, output, timedOut, interrupted } = await runChild(node, [astro(site), 'build'], {
    cwd: site,
    stdio: 'pipe',
    env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1' },
    limitMs: BUILD_LIMIT_MS,
  });
  if (interrupted) {
    process.stderr.write('\nsite: interrupted; run the same command again to go on\n');
    process.exit(130);
  }
  if (code !== 0 || timedOut) {
    const got = timedOut ? 'no end after 30 minutes' : `exit code ${code}`;
    process.stderr.write(
      `${output}\nsite: expected Astro to build ${relative(ROOT, site)}, got ${got}; its own words are above\n`,
    );
    process.exit(1);
  }
  mkdirSync(dirname(note), { recursive: true });
  writeFileSync(note, describe(key, site));
  process.stderr.write(`site: built in ${((performance.now() - started) / 1000).toFixed(1)}s (${shown})\n`);
}

function astro(site) {
  const folder = join(site, 'node_modules', 'astro');
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin.astro);
}

/** Names the build by what went in, and by the page that came out: another build leaves another time on it. */
function describe(key, site) {
  const home = statSync(join(site, 'dist', 'index.html'), { throwIfNoEntry: false });
  return `${JSON.stringify({ key, home: home === undefined ? null : [home.size, home.mtimeMs] })}\n`;
}

function siteKey(site, run) {
  const hash = createHash('sha256');
  const records = JSON.parse(readFileSync(join(run, 'records', 'stage.json'), 'utf8'));
  hash.update(records.hash).update(readFileSync(join(ROOT, 'pnpm-lock.yaml')));
  const sources = [
    site,
    join(ROOT, 'packages', 'report'),
    join(ROOT, 'packages', 'trainer', 'src', 'records'),
  ];
  for (const folder of sources)
    for (const file of filesBelow(folder))
      hash.update(`${relative(ROOT, file)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter(
      ({ name }) =>
        !['node_modules', 'dist', 'lib', '.astro'].includes(name) && !name.endsWith('.tsbuildinfo'),
    )
    .flatMap((entry) =>
      entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)],
    )
    .sort((a, b) => (a < b ? -1 : 1));
}
