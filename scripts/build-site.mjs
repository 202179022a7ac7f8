// Builds a site from a run's records, unless the last build was of the same records and the same sources.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './install.mjs';
import { runChild } from './run-child.mjs';

const BUILD_LIMIT_MS = 30 * 60_000;
const AGAIN =
  'run the study again (npx monosema run), which redoes what is missing, or put back the records as they were';

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
  await checkRecords(run);
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
  for (const stage of recordsOf(run)) hash.update(stage.hash);
  hash.update(process.env.SITE_ADDRESS ?? '').update(readFileSync(join(ROOT, 'pnpm-lock.yaml')));
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

/**
 * What a run's stage.json say of its records and, where a language model was asked, of what that said.
 * Ends the process with one sentence where one says nothing.
 */
function recordsOf(run) {
  const asked = existsSync(join(run, 'records', 'explanations', 'stage.json'));
  return ['records', ...(asked ? [join('records', 'explanations')] : [])].map((name) => {
    const folder = join(run, name);
    const path = relative(ROOT, join(folder, 'stage.json'));
    try {
      const { state, hash, outputs } = JSON.parse(readFileSync(join(folder, 'stage.json'), 'utf8'));
      if (state === 'done') return { folder, hash, outputs };
    } catch (error) {
      stop(`expected ${path} to say what was written, got "${error.message}"; ${AGAIN}`);
    }
    // A study that asks a language model no more does not finish what it was asked.
    const remedy =
      name === 'records'
        ? AGAIN
        : `finish it (npx monosema explain), or delete ${dirname(path)} to do without`;
    return stop(`expected a finished stage in ${path}, got one that was interrupted; ${remedy}`);
  });
}

/** Ends the process with one sentence where a file of the records is not as its stage wrote it. */
async function checkRecords(run) {
  for (const { folder, outputs } of recordsOf(run))
    for (const { path, sha256 } of outputs) {
      const file = join(folder, path);
      const there = existsSync(file);
      if (there && (await hashOf(file)) === sha256) continue;
      stop(
        `expected the bytes of ${relative(ROOT, file)} as they were written, got ${there ? 'others' : 'no file'}; ${AGAIN}`,
      );
    }
}

async function hashOf(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

function stop(sentence) {
  process.stderr.write(`site: ${sentence}\n`);
  process.exit(2);
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
