/**
 * Builds sites of made-up records, and of the same records by other generators, and says what each build used:
 * node site.ts [--against astro,eleventy] [FEATURESxWINDOW ...]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRecords } from '@monosema/trainer/records';
import { currentLoad } from './harness.ts';
import { writeRecords } from './site/records.ts';

const SITES = ['4096x24', '131072x9'];
/** The others keep pages in memory, or take minutes: they get this many features at most. */
const PEERS_MOST = 4096;

const here = import.meta.dirname;
const out = join(here, 'out');
const { values, positionals } = parseArgs({
  options: { against: { type: 'string' } },
  allowPositionals: true,
});
const peers = (values.against ?? 'astro,eleventy').split(',').filter(Boolean);

interface Build {
  generator: string;
  records: string;
  cpuSeconds: number;
  wallSeconds: number;
  /** Largest resident set. */
  megabytes: number;
  pages: number;
  files: number;
  siteMegabytes: number;
  said: string[];
}

const builds: Build[] = [];
const load = currentLoad();
for (const name of positionals.length > 0 ? positionals : SITES) {
  const [features = 0, window = 0] = name.split('x').map(Number);
  if (!(features > 0 && window > 0)) throw new Error(`site: expected FEATURESxWINDOW, got "${name}"`);
  const records = join(out, `records-${name}`);
  if (!existsSync(join(records, 'study.json'))) writeRecords(records, features, window);
  builds.push(ours(name, records));
  if (features > PEERS_MOST) continue;
  if (peers.length > 0) await writeLines(records);
  for (const peer of peers) builds.push(theirs(peer, name, records));
}
save(builds);

function ours(name: string, records: string): Build {
  const root = join(out, `site-${name}`);
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'src'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "name": "bench-site", "private": true, "type": "module" }\n');
  writeFileSync(
    join(root, 'astro.config.mjs'),
    `import monosemaReport from '@monosema/report';
export default { integrations: [monosemaReport({ records: ${JSON.stringify(records)}, title: 'Made-up records' })] };\n`,
  );
  const astro = join(dirname(createRequire(import.meta.url).resolve('astro/package.json')), 'bin/astro.mjs');
  return build('monosema', name, root, join(root, 'dist'), [astro, 'build'], {});
}

function theirs(peer: string, name: string, records: string): Build {
  const cwd = join(here, 'site', 'peers');
  if (!existsSync(join(cwd, 'node_modules', 'astro'))) {
    process.stderr.write('site: installing the generators of bench/site/peers/package-lock.json (once)\n');
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const site = join(out, `${peer}-${name}`);
  rmSync(site, { recursive: true, force: true });
  const bin: Record<string, string[]> = {
    astro: [join(cwd, 'node_modules/astro/bin/astro.mjs'), 'build', '--silent', '--outDir', site],
    eleventy: [join(cwd, 'node_modules/@11ty/eleventy/cmd.cjs'), '--quiet', `--output=${site}`],
  };
  const command = bin[peer];
  if (!command) throw new Error(`site: expected generators of ${Object.keys(bin).join(', ')}, got "${peer}"`);
  return build(peer, name, join(cwd, peer), site, command, { RECORDS: records });
}

function build(
  generator: string,
  records: string,
  cwd: string,
  site: string,
  command: string[],
  env: Record<string, string>,
): Build {
  const usage = join(out, 'usage.jsonl');
  rmSync(usage, { force: true });
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', join(here, 'site', 'usage.ts'), ...command],
    {
      cwd,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      env: { ...process.env, ...env, MONOSEMA_USAGE: usage, ASTRO_TELEMETRY_DISABLED: '1' },
    },
  );
  if (status !== 0)
    throw new Error(
      `site: expected ${generator} to build ${records}, got exit code ${status}\n${stdout}${stderr}`,
    );
  const wallSeconds = (performance.now() - started) / 1000;
  const used = JSON.parse(readFileSync(usage, 'utf8').trim().split('\n').at(-1) ?? '{}') as {
    cpuSeconds: number;
    megabytes: number;
  };
  const files = readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const bytes = files.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  const made: Build = {
    generator,
    records,
    cpuSeconds: rounded(used.cpuSeconds),
    wallSeconds: rounded(wallSeconds),
    megabytes: Math.round(used.megabytes),
    pages: files.filter((entry) => entry.name.endsWith('.html')).length,
    files: files.length,
    siteMegabytes: rounded(bytes / 1e6),
    said: stdout
      .split('\n')
      .filter((line) => line.includes('[@monosema/report]'))
      .map((line) => line.replace(/^.*?\] /, '')),
  };
  process.stdout.write(`${JSON.stringify(made)}\n`);
  return made;
}

/** Writes the records as lines of JSON with their places: what the others read. */
async function writeLines(root: string): Promise<void> {
  if (existsSync(join(root, 'places.json'))) return;
  const descriptor = openSync(join(root, 'features.ndjson'), 'w');
  const places = [0];
  for await (const feature of openRecords(root).features('A/1')) {
    places.push((places.at(-1) ?? 0) + writeSync(descriptor, `${JSON.stringify(feature)}\n`));
  }
  writeFileSync(join(root, 'places.json'), JSON.stringify(places));
}

function save(results: readonly Build[]): void {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: here, encoding: 'utf8' }).trim();
  const file = join(here, 'results', 'site.json');
  const report = {
    bench: 'site',
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short', 'HEAD'),
    // Of the machine over a minute, before and after.
    load: [load, currentLoad()],
    results,
  };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  process.stderr.write(`${file}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
